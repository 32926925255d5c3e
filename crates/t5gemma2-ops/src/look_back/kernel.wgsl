// A workgroup a row: penalises tokens of its sequence, then forbids what would repeat or complete something.
struct Params {
    rows: u32,
    cols: u32,
    slots: u32,
    prompt: u32,
    room: u32,
    penalty: f32,
    ngram: u32,
    // Words, and numbers that each takes.
    words: u32,
    word: u32,
}

@group(0) @binding(0) var<storage, read> history: array<u32>;
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var<storage, read_write> logits: array<u32>;
@group(0) @binding(3) var<storage, read_write> sequences: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

const SIZE = 256u;
const EXPONENT = 0x7f800000u;
const NEGATIVE_INFINITY = 0xff800000u;
// A bit a token; larger vocabularies go in parts.
const MARKS = 2048u;
var<workgroup> marks: array<atomic<u32>, MARKS>;

struct Row {
    // Where its sequence begins, and its logits.
    start: u32,
    base: u32,
    length: u32,
    newest: u32,
}

// The newest token is being written to the sequence meanwhile.
fn token(row: Row, place: u32) -> u32 {
    if (place + 1u == row.length) {
        return row.newest;
    }
    return sequences[row.start + place];
}

fn penalise(index: u32) {
    let bits = logits[index];
    // Infinities stay, and NaN.
    if ((bits & EXPONENT) != EXPONENT) {
        let logit = bitcast<f32>(bits);
        logits[index] = bitcast<u32>(select(logit / params.penalty, logit * params.penalty, logit < 0.0));
    }
}

// Each token once, however often it came: whoever marks it first.
fn penalise_part(row: Row, first: u32, local: u32) {
    for (var i = local; i < MARKS; i += SIZE) {
        atomicStore(&marks[i], 0u);
    }
    workgroupBarrier();
    for (var place = local; place < row.length; place += SIZE) {
        let id = token(row, place);
        let at = id - first;
        if (id >= first && id < params.cols && at < MARKS * 32u) {
            let bit = 1u << (at & 31u);
            if ((atomicOr(&marks[at >> 5u], bit) & bit) == 0u) {
                penalise(row.base + id);
            }
        }
    }
    workgroupBarrier();
}

fn forbid(row: Row, id: u32) {
    if (id < params.cols) {
        logits[row.base + id] = NEGATIVE_INFINITY;
    }
}

// Whether the sequence's end equals what comes before its place `place + size`.
fn ends_as(row: Row, place: u32, size: u32) -> bool {
    for (var i = 0u; i < size; i++) {
        if (token(row, place + i) != token(row, row.length - size + i)) {
            return false;
        }
    }
    return true;
}

fn forbid_ngrams(row: Row, local: u32) {
    let size = params.ngram - 1u;
    for (var place = local; place + size < row.length; place += SIZE) {
        if (ends_as(row, place, size)) {
            forbid(row, token(row, place + size));
        }
    }
}

fn completes(row: Row, start: u32, size: u32) -> bool {
    if (size > row.length) {
        return false;
    }
    for (var i = 0u; i < size; i++) {
        if (words[start + i] != token(row, row.length - size + i)) {
            return false;
        }
    }
    return true;
}

fn forbid_words(row: Row, local: u32) {
    for (var index = local; index < params.words; index += SIZE) {
        let start = index * params.word;
        let size = words[start] - 1u;
        if (completes(row, start + 1u, size)) {
            forbid(row, words[start + 1u + size]);
        }
    }
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
    let own = index * (params.slots + 2u);
    let count = history[own];
    let start = index * params.room;
    let length = params.prompt + count;
    var newest = 0u;
    if (count > 0u) {
        newest = history[own + 2u + (count - 1u) % params.slots];
    } else {
        newest = sequences[start + length - 1u];
    }
    let row = Row(start, index * params.cols, length, newest);
    if (local == 0u && count > 0u) {
        sequences[start + length - 1u] = newest;
    }
    if (params.penalty != 1.0) {
        for (var first = 0u; first < params.cols; first += MARKS * 32u) {
            penalise_part(row, first, local);
        }
    }
    storageBarrier();
    if (params.ngram > 0u) {
        forbid_ngrams(row, local);
    }
    forbid_words(row, local);
}
