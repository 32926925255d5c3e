// A workgroup takes one query of one head, 256 keys at a time: eight neighbouring invocations make the score of a key
// (each its share of the quads), one invocation a key the softmax, and LANES by TEAMS of them the weighted values.
const SIZE: u32 = 256u;
const SHARERS: u32 = 8u;
const HEAD_QUADS: u32 = (D + 3u) / 4u;
const LANES: u32 = {{ LANES }}u;
const QUADS: u32 = (HEAD_QUADS + LANES - 1u) / LANES;
const TEAMS: u32 = SIZE / LANES;
// Finite, so that differences of two of them are 0 and not NaN.
const LOWEST: f32 = -3.0e38;

// Shares of the scores, later the teams' results.
var<workgroup> shares: array<f32, SIZE * SHARERS>;
var<workgroup> weights: array<f32, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let query = group.x;
    let batch = group.y / params.heads;
    let head = group.y % params.heads;
    let kv_head = head / (params.heads / params.kv_heads);
    let q_row = (batch * params.heads + head) * params.len + query;
    let range = part_of(key_range(query, query + 1u), group.z, SIZE);
    let lane = local % LANES;
    let team = local / LANES;

    var largest = LOWEST;
    var sum = 0.0;
    var results: array<vec4<f32>, QUADS>;

    for (var tile = range.x; tile < range.y; tile += SIZE) {
        let count = min(SIZE, range.y - tile);
        for (var key = local / SHARERS; key < count; key += SIZE / SHARERS) {
            var share = 0.0;
            for (var quad = local % SHARERS; quad < HEAD_QUADS; quad += SHARERS) {
                share += dot(load_q(q_row, quad), key_at(batch, kv_head, tile + key, quad));
            }
            shares[key * SHARERS + local % SHARERS] = share;
        }
        workgroupBarrier();
        var score = LOWEST;
        let seen = local < count && is_visible(batch, query, tile + local);
        if (seen) {
            score = 0.0;
            for (var i = 0u; i < SHARERS; i++) {
                score += shares[local * SHARERS + i];
            }
            score *= params.scale;
            if (params.softcap > 0.0) {
                score = params.softcap * tanh_of(score / params.softcap);
            }
        }
        let tile_largest = workgroup_largest(max(largest, score), local);
        let fade = exp(largest - tile_largest);
        largest = tile_largest;
        var weight = 0.0;
        if (seen) {
            weight = exp(score - largest);
        }
        sum = sum * fade + weight;
        weights[local] = weight;
        workgroupBarrier();
        for (var c = 0u; c < QUADS; c++) {
            let quad = c * LANES + lane;
            var result = results[c] * fade;
            if (quad < HEAD_QUADS) {
                for (var key = team; key < count; key += TEAMS) {
                    result += weights[key] * value_at(batch, kv_head, tile + key, quad);
                }
            }
            results[c] = result;
        }
        workgroupBarrier();
    }

    let total_weight = workgroup_sum(sum, local);
    let out_row = (batch * params.len + query) * params.heads + head;
    for (var c = 0u; c < QUADS; c++) {
        workgroupBarrier();
        for (var i = 0u; i < 4u; i++) {
            shares[local * 4u + i] = results[c][i];
        }
        workgroupBarrier();
        if (team == 0u) {
            for (var i = 0u; i < 4u; i++) {
                let column = (c * LANES + lane) * 4u + i;
                var result = 0.0;
                for (var other = 0u; other < TEAMS; other++) {
                    result += shares[(other * LANES + lane) * 4u + i];
                }
                if (column < D) {
                    emit(group.z, out_row, column, result, largest, total_weight);
                }
            }
        }
    }
}
