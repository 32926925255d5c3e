// Columns of a row, and the one at which their amounts add up to a goal.
const SIZE = 256u;
const ROOM = 1024u;

struct Row {
    // Where its logits begin.
    base: u32,
    largest: f32,
    // Columns to look at: the first so many of the list, or of all.
    columns: u32,
    listed: bool,
    // Kept are higher keys than this one, and of the same key this column and those behind it.
    key: u32,
    column: u32,
    // Tokens of less weight are not drawn.
    lightest: vec2<u32>,
}

// What a search looks for: a key by the number of keys from it up, or by their weight; of the columns with the row's key one by the
// weight from it on; and of all that are kept one by the weight from it on. The goals of BY_WEIGHT and DRAW are what is left of the
// whole without a fraction.
const BY_NUMBER = 0u;
const BY_WEIGHT = 1u;
const EQUAL = 2u;
const DRAW = 3u;

struct Found {
    word: u32,
    // What remains of the goal for the word, and what the word has.
    rest: vec2<u32>,
    amount: vec2<u32>,
}

var<workgroup> list: array<u32, ROOM>;
var<workgroup> low: array<atomic<u32>, SIZE>;
var<workgroup> high: array<atomic<u32>, SIZE>;
var<workgroup> sums: array<vec2<u32>, 16>;
var<workgroup> found_here: Found;

fn put(bin: u32, amount: vec2<u32>) {
    if (any(amount != vec2<u32>(0u))) {
        let carry = u32(atomicAdd(&low[bin], amount.x) + amount.x < amount.x);
        if (amount.y + carry != 0u) {
            atomicAdd(&high[bin], amount.y + carry);
        }
    }
}

fn taken(bin: u32) -> vec2<u32> {
    return vec2<u32>(atomicLoad(&low[bin]), atomicLoad(&high[bin]));
}

// Adds up the amounts of words that begin as `prefix`, by their next eight bits.
fn tally(row: Row, what: u32, prefix: u32, shift: u32, local: u32) {
    var bin = 0u;
    var sum = vec2<u32>(0u);
    for (var i = local; i < row.columns; i += SIZE) {
        var column = i;
        if (row.listed) {
            column = list[i];
        }
        let key = key_at(row.base + column);
        let kept = (key > row.key && what != EQUAL) || (key == row.key && column >= row.column);
        let word = select(key, column, what >= EQUAL);
        if (!kept || (shift < 24u && ((word ^ prefix) >> ((shift + 8u) & 31u)) != 0u)) {
            continue;
        }
        var amount = vec2<u32>(1u, 0u);
        if (what != BY_NUMBER) {
            amount = weight(key, row.largest);
        }
        if (what == DRAW && less(amount, row.lightest)) {
            continue;
        }
        // Neighbours often share a bin.
        let own = (word >> shift) & 255u;
        if (own != bin) {
            put(bin, sum);
            bin = own;
            sum = vec2<u32>(0u);
        }
        sum = add(sum, amount);
    }
    put(bin, sum);
}

// The bin in which the goal is reached from the highest one down, the lowest if in none.
fn narrow(fraction: bool, prefix: u32, shift: u32, given: vec2<u32>) {
    var goal = given;
    if (fraction) {
        var whole = vec2<u32>(0u);
        for (var i = 0u; i < 16u; i++) {
            whole = add(whole, sums[i]);
        }
        goal = subtract(whole, share_of(whole, given.x));
    }
    var sixteen = 15u;
    while (sixteen > 0u && less(sums[sixteen], goal)) {
        goal = subtract(goal, sums[sixteen]);
        sixteen--;
    }
    var bin = sixteen * 16u + 15u;
    while (bin > sixteen * 16u && less(taken(bin), goal)) {
        goal = subtract(goal, taken(bin));
        bin--;
    }
    found_here = Found(prefix | (bin << shift), goal, taken(bin));
}

// The highest word from which on the amounts reach the goal, eight bits after eight.
fn search(row: Row, what: u32, goal: vec2<u32>, local: u32) -> Found {
    var shift = 24u;
    if (what >= EQUAL) {
        while (shift > 0u && ((params.cols - 1u) >> shift) == 0u) {
            shift -= 8u;
        }
    }
    var found = Found(0u, goal, vec2<u32>(0u));
    var fraction = what == BY_WEIGHT || what == DRAW;
    loop {
        atomicStore(&low[local], 0u);
        atomicStore(&high[local], 0u);
        workgroupBarrier();
        tally(row, what, found.word, shift, local);
        workgroupBarrier();
        if (local < 16u) {
            var sum = vec2<u32>(0u);
            for (var i = 0u; i < 16u; i++) {
                sum = add(sum, taken(local * 16u + i));
            }
            sums[local] = sum;
        }
        workgroupBarrier();
        if (local == 0u) {
            narrow(fraction, found.word, shift, found.rest);
        }
        found = workgroupUniformLoad(&found_here);
        fraction = false;
        if (shift == 0u) {
            break;
        }
        shift -= 8u;
    }
    return found;
}
