// A workgroup takes 16 queries of a head over tiles of 64 keys: scores of the tile, online softmax, weighted values.
// Each invocation makes 4 scores (one query, every 16th key), and holds ROWS queries by QUADS quads of the output.
const SIZE: u32 = 256u;
const QUERIES: u32 = 16u;
const KEYS: u32 = 64u;
// Quads of the head that are in workgroup memory at a time.
const DEPTH: u32 = 4u;
const HEAD_QUADS: u32 = (D + 3u) / 4u;
// Neighbouring invocations hold neighbouring quads: LANES of them a query.
const LANES: u32 = {{ LANES }}u;
const QUADS: u32 = (HEAD_QUADS + LANES - 1u) / LANES;
const TEAMS: u32 = min(SIZE / LANES, QUERIES);
const ROWS: u32 = QUERIES / TEAMS;
// Finite, so that differences of two of them are 0 and not NaN.
const LOWEST: f32 = -3.0e38;

var<workgroup> q_tile: array<vec4<f32>, QUERIES * DEPTH>;
var<workgroup> k_tile: array<vec4<f32>, KEYS * (DEPTH + 1u)>;
var<workgroup> weights: array<f32, QUERIES * KEYS>;
var<workgroup> shared_values: array<f32, SIZE>;

// Largest (or sum) of the 16 invocations of a query.
fn largest_of_query(value: f32, local: u32) -> f32 {
    workgroupBarrier();
    shared_values[local] = value;
    workgroupBarrier();
    var largest = LOWEST;
    for (var i = 0u; i < 16u; i++) {
        largest = max(largest, shared_values[local / 16u * 16u + i]);
    }
    return largest;
}

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let batch = group.y / params.heads;
    let head = group.y % params.heads;
    let kv_head = head / (params.heads / params.kv_heads);
    let first = group.x * QUERIES;
    let end = min(first + QUERIES, params.len);
    let q_first = (batch * params.heads + head) * params.len;
    let range = key_range(first, end);

    let own_query = local / 16u;
    let own_key = local % 16u;
    let lane = local % LANES;
    let team = local / LANES;

    var largest = LOWEST;
    var sum = 0.0;
    var results: array<vec4<f32>, ROWS * QUADS>;

    for (var tile = range.x; tile < range.y; tile += KEYS) {
        var scores = vec4<f32>();
        for (var depth = 0u; depth < HEAD_QUADS; depth += DEPTH) {
            workgroupBarrier();
            if (local < QUERIES * DEPTH) {
                let quad = depth + local % DEPTH;
                var value = vec4<f32>();
                if (quad < HEAD_QUADS) {
                    value = load_q(q_first + min(first + local / DEPTH, params.len - 1u), quad);
                }
                q_tile[local] = value;
            }
            let quad = depth + local % DEPTH;
            let key = tile + local / DEPTH;
            var value = vec4<f32>();
            if (quad < HEAD_QUADS && key < range.y) {
                value = key_at(batch, kv_head, key, quad);
            }
            k_tile[local / DEPTH * (DEPTH + 1u) + local % DEPTH] = value;
            workgroupBarrier();
            for (var i = 0u; i < DEPTH; i++) {
                let query = q_tile[own_query * DEPTH + i];
                scores += vec4<f32>(
                    dot(query, k_tile[own_key * (DEPTH + 1u) + i]),
                    dot(query, k_tile[(own_key + 16u) * (DEPTH + 1u) + i]),
                    dot(query, k_tile[(own_key + 32u) * (DEPTH + 1u) + i]),
                    dot(query, k_tile[(own_key + 48u) * (DEPTH + 1u) + i]),
                );
            }
        }
        var seen: array<bool, 4>;
        var tile_largest = largest;
        for (var i = 0u; i < 4u; i++) {
            let key = tile + own_key + i * 16u;
            seen[i] = first + own_query < params.len && key < range.y && is_visible(batch, first + own_query, key);
            scores[i] *= params.scale;
            if (params.softcap > 0.0) {
                scores[i] = params.softcap * tanh_of(scores[i] / params.softcap);
            }
            if (seen[i]) {
                tile_largest = max(tile_largest, scores[i]);
            }
        }
        tile_largest = largest_of_query(tile_largest, local);
        let fade = exp(largest - tile_largest);
        largest = tile_largest;
        sum *= fade;
        for (var i = 0u; i < 4u; i++) {
            var weight = 0.0;
            if (seen[i]) {
                weight = exp(scores[i] - largest);
            }
            sum += weight;
            weights[own_query * KEYS + own_key + i * 16u] = weight;
        }
        workgroupBarrier();
        shared_values[local] = fade;
        workgroupBarrier();
        if (team < TEAMS) {
            for (var r = 0u; r < ROWS; r++) {
                let row_fade = shared_values[(team * ROWS + r) * 16u];
                for (var c = 0u; c < QUADS; c++) {
                    results[r * QUADS + c] *= row_fade;
                }
            }
            for (var key = 0u; key < min(KEYS, range.y - tile); key++) {
                for (var c = 0u; c < QUADS; c++) {
                    let quad = c * LANES + lane;
                    if (quad < HEAD_QUADS) {
                        let value = value_at(batch, kv_head, tile + key, quad);
                        for (var r = 0u; r < ROWS; r++) {
                            results[r * QUADS + c] += weights[(team * ROWS + r) * KEYS + key] * value;
                        }
                    }
                }
            }
        }
    }

    workgroupBarrier();
    shared_values[local] = sum;
    workgroupBarrier();
    if (team < TEAMS) {
        for (var r = 0u; r < ROWS; r++) {
            let query = team * ROWS + r;
            var total_weight = 0.0;
            for (var i = 0u; i < 16u; i++) {
                total_weight += shared_values[query * 16u + i];
            }
            let factor = select(0.0, 1.0 / total_weight, total_weight > 0.0);
            if (first + query < params.len) {
                let out_first = ((batch * params.len + first + query) * params.heads + head) * D;
                for (var c = 0u; c < QUADS; c++) {
                    for (var i = 0u; i < 4u; i++) {
                        let column = (c * LANES + lane) * 4u + i;
                        if (column < D) {
                            out[out_first + column] = results[r * QUADS + c][i] * factor;
                        }
                    }
                }
            }
        }
    }
}
