// A workgroup a head of a row: norm, turn, and store it where it belongs; norms and places of keys and values come from
// another source.
const SIZE: u32 = 64u;

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(3) var<storage, read> positions: array<i32>;
@group(0) @binding(4) var<storage, read> inv_freq: array<f32>;
@group(0) @binding(5) var<storage, read_write> q: array<f32>;
@group(0) @binding(6) var<storage, read_write> k: array<f32>;
@group(0) @binding(7) var<storage, read_write> v: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

// First element of a head in `[batch, heads, len, d]`.
fn place(row: u32, heads: u32, head: u32) -> u32 {
    return ((row / params.len * heads + head) * params.len + row % params.len) * params.d;
}

@compute @workgroup_size(SIZE)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let heads = params.query_heads + 2u * params.kv_heads;
    let index = group.y * groups.x + group.x;
    if (index >= params.rows * heads) {
        return;
    }
    let row = index / heads;
    let head = index % heads;
    let first = index * params.d;
    if (head >= params.query_heads && !keeps(row)) {
        return;
    }
    if (head >= params.query_heads + params.kv_heads) {
        let target_first = kv_place(row, head - params.query_heads - params.kv_heads);
        for (var col = local; col < params.d; col += SIZE) {
            v[target_first + col] = qkv[first + col];
        }
        return;
    }
    var squares = 0.0;
    for (var col = local; col < params.d; col += SIZE) {
        let value = qkv[first + col];
        squares += value * value;
    }
    let factor = 1.0 / sqrt(workgroup_sum(squares, local) / f32(params.d) + params.eps);
    let position = f32(positions[row]);
    let half = params.d / 2u;
    for (var col = local; col < half; col += SIZE) {
        let turn = turn_of(position * inv_freq[col]) * params.rope_scaling;
        var low = qkv[first + col] * factor;
        var high = qkv[first + half + col] * factor;
        if (head < params.query_heads) {
            low *= 1.0 + q_weight(col);
            high *= 1.0 + q_weight(half + col);
        } else {
            low *= 1.0 + k_weight(col);
            high *= 1.0 + k_weight(half + col);
        }
        let turned = vec2<f32>(low * turn.x - high * turn.y, high * turn.x + low * turn.y);
        if (head < params.query_heads) {
            let target_first = place(row, params.query_heads, head);
            q[target_first + col] = turned.x;
            q[target_first + half + col] = turned.y;
        } else {
            let target_first = kv_place(row, head - params.query_heads);
            k[target_first + col] = turned.x;
            k[target_first + half + col] = turned.y;
        }
    }
}
