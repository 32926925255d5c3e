// A workgroup takes ROWS queries of the heads that share a key head, TILE keys at a time; an invocation makes the scores of
// all its rows with KEYS keys, and holds every SIZE-th quad of their results. Software adapters lose time at barriers and at
// loads: there are two of the former a tile, and of the latter the fewer the more rows and keys an invocation takes.
const SIZE: u32 = {{ SIZE }}u;
const ROWS: u32 = {{ ROWS }}u;
const KEYS: u32 = {{ KEYS }}u;
const TILE: u32 = SIZE * KEYS;
const HEAD_QUADS: u32 = (D + 3u) / 4u;
// Finite, so that differences of two of them are 0 and not NaN.
const LOWEST: f32 = -3.0e38;

var<workgroup> weights: array<f32, ROWS * TILE>;
// Of each invocation's keys, and of all keys so far.
var<workgroup> largest_of: array<f32, ROWS * SIZE>;
var<private> scores: array<f32, ROWS * KEYS>;
var<private> largest: array<f32, ROWS>;
var<private> fades: array<f32, ROWS>;
var<private> sums: array<f32, ROWS>;
// One quad of each row.
var<private> values: array<vec4<f32>, ROWS>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let shared_by = params.heads / params.kv_heads;
    let batch = group.y / params.kv_heads;
    let kv_head = group.y % params.kv_heads;
    // Rows of q, and the queries of those that lie behind the last: the last's.
    let q_rows = shared_by * params.len;
    let q_first = (batch * params.heads + kv_head * shared_by) * params.len;
    let first = group.x * ROWS;
    let query = first % params.len;
    var range = key_range(query, query + ROWS);
    if (query + ROWS > params.len) {
        range = key_range(0u, params.len);
    }
    range = part_of(range, group.z, KEYS);

    for (var i = 0u; i < ROWS; i++) {
        largest[i] = LOWEST;
    }
    {{ SUMS }}
    {{ RESULTS }}
    for (var tile = range.x; tile < range.y; tile += TILE) {
        let count = min(TILE, range.y - tile);
        let own = tile + local * KEYS;
        if (own < range.y) {
            {{ SCORES }}
            for (var quad = 0u; quad < HEAD_QUADS; quad++) {
                {{ QUERIES }}
                {{ PRODUCTS }}
            }
            {{ SCORED }}
        }
        for (var i = 0u; i < ROWS; i++) {
            let row = min(first + i, q_rows - 1u);
            var tile_largest = LOWEST;
            for (var k = 0u; k < KEYS; k++) {
                var score = LOWEST;
                if (own + k < range.y && is_visible(batch, row % params.len, own + k)) {
                    score = scores[i * KEYS + k] * params.scale;
                    if (params.softcap > 0.0) {
                        score = params.softcap * tanh_of(score / params.softcap);
                    }
                }
                scores[i * KEYS + k] = score;
                tile_largest = max(tile_largest, score);
            }
            largest_of[i * SIZE + local] = tile_largest;
        }
        workgroupBarrier();
        for (var i = 0u; i < ROWS; i++) {
            var now = largest[i];
            for (var other = 0u; other < (count + KEYS - 1u) / KEYS; other++) {
                now = max(now, largest_of[i * SIZE + other]);
            }
            fades[i] = exp(largest[i] - now);
            largest[i] = now;
            for (var k = 0u; k < KEYS; k++) {
                let score = scores[i * KEYS + k];
                weights[(local * KEYS + k) * ROWS + i] = select(0.0, exp(score - now), score > LOWEST);
            }
        }
        workgroupBarrier();
        {{ FADES }}
        for (var key = 0u; key < count; key++) {
            {{ VALUES }}
            {{ WEIGHTED }}
        }
    }
    {{ FINISH }}
}

// Store what lies in `values`: a quad of each row's result.
fn store_values(batch: u32, kv_head: u32, first: u32, quad: u32, part: u32) {
    let shared_by = params.heads / params.kv_heads;
    for (var i = 0u; i < ROWS && first + i < shared_by * params.len; i++) {
        let head = kv_head * shared_by + (first + i) / params.len;
        let out_row = (batch * params.len + (first + i) % params.len) * params.heads + head;
        for (var c = 0u; c < 4u && quad * 4u + c < D; c++) {
            emit(part, out_row, quad * 4u + c, values[i][c], largest[i], sums[i]);
        }
    }
}
