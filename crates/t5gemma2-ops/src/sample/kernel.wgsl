// A workgroup a row: filters, the draw, and what the next step reads.
var<workgroup> maxima: array<u32, SIZE>;
var<workgroup> largest_key: u32;
// One that at least `top_k` keys reach.
var<workgroup> lowest_key: u32;
var<workgroup> candidates: atomic<u32>;
var<workgroup> candidates_here: u32;

// Each invocation's maximum is a key of its own, so the k-th largest of them is no larger than the k-th largest key.
fn bound_keys(base: u32, local: u32) {
    var key = 0u;
    for (var column = local; column < params.cols; column += SIZE) {
        key = max(key, key_at(base + column));
    }
    maxima[local] = key;
    if (local == 0u) {
        lowest_key = 0u;
        atomicStore(&candidates, 0u);
    }
    workgroupBarrier();
    var rank = 0u;
    for (var i = 0u; i < SIZE; i++) {
        rank += u32(maxima[i] > key || (maxima[i] == key && i < local));
    }
    if (rank == 0u) {
        largest_key = key;
    }
    if (rank + 1u == params.top_k) {
        lowest_key = key;
    }
}

// Lists the columns that may be drawn, in any order, as long as there is room.
fn list_candidates(row: Row, local: u32) {
    for (var column = local; column < params.cols; column += SIZE) {
        let key = key_at(row.base + column);
        if (key < row.key) {
            continue;
        }
        let own = weight(key, row.largest);
        if (all(own == vec2<u32>(0u)) || (params.has_top_p == 0u && less(own, row.lightest))) {
            continue;
        }
        let place = atomicAdd(&candidates, 1u);
        if (place >= ROOM) {
            break;
        }
        list[place] = column;
    }
    workgroupBarrier();
    if (local == 0u) {
        candidates_here = atomicLoad(&candidates);
    }
}

fn draw(all_columns: Row, fraction: u32, local: u32) -> u32 {
    var row = all_columns;
    list_candidates(row, local);
    let count = workgroupUniformLoad(&candidates_here);
    if (count <= ROOM) {
        row.listed = true;
        row.columns = count;
    }
    if (params.top_k != 0u) {
        row.key = max(row.key, search(row, BY_NUMBER, vec2<u32>(params.top_k, 0u), local).word);
    }
    if (params.has_top_p != 0u) {
        let last = search(row, BY_WEIGHT, vec2<u32>(params.left_out, 0u), local);
        row.key = last.word;
        if (any(last.amount != weight(row.key, row.largest))) {
            row.column = search(row, EQUAL, last.rest, local).word;
        }
    }
    return search(row, DRAW, vec2<u32>(fraction, 0u), local).word;
}

@compute @workgroup_size(SIZE)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = group.y * groups.x + group.x;
    if (index >= params.rows) {
        return;
    }
    let base = index * params.cols;
    bound_keys(base, local);
    let largest = workgroupUniformLoad(&largest_key);
    let lowest = workgroupUniformLoad(&lowest_key);
    // NOT_NUMBERS or NO_TOKEN, unless something can be drawn.
    var token = select(0xfffffffeu, 0xffffffffu, largest >= INFINITY);
    if (largest > NEGATIVE_INFINITY && largest < INFINITY) {
        let step = history[index * (params.slots + 2u)];
        let fraction = random(vec2<u32>(params.seed_low, params.seed_high), index, step);
        let row = Row(
            base,
            score_of(largest),
            params.cols,
            false,
            max(lowest, NEGATIVE_INFINITY + 1u),
            0u,
            fixed(params.min_p),
        );
        token = draw(row, fraction, local);
    }
    if (local == 0u) {
        advance(index, token);
    }
}
