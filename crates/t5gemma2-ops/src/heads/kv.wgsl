// A workgroup a head of a row: norm and store a key, or just store a value.
const SIZE: u32 = 64u;

struct Params {
    rows: u32,
    len: u32,
    kv_heads: u32,
    d: u32,
    eps: f32,
}

@group(0) @binding(0) var<storage, read> kv: array<f32>;
@group(0) @binding(1) var<storage, read> k_norm: array<f32>;
@group(0) @binding(2) var<storage, read_write> k: array<f32>;
@group(0) @binding(3) var<storage, read_write> v: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(SIZE)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = group.y * groups.x + group.x;
    if (index >= params.rows * 2u * params.kv_heads) {
        return;
    }
    let row = index / (2u * params.kv_heads);
    let both = index % (2u * params.kv_heads);
    let head = both % params.kv_heads;
    let first = index * params.d;
    let target_first = ((row / params.len * params.kv_heads + head) * params.len + row % params.len) * params.d;
    if (both >= params.kv_heads) {
        for (var col = local; col < params.d; col += SIZE) {
            v[target_first + col] = kv[first + col];
        }
        return;
    }
    var squares = 0.0;
    for (var col = local; col < params.d; col += SIZE) {
        let value = kv[first + col];
        squares += value * value;
    }
    let factor = 1.0 / sqrt(workgroup_sum(squares, local) / f32(params.d) + params.eps);
    for (var col = local; col < params.d; col += SIZE) {
        k[target_first + col] = kv[first + col] * factor * (1.0 + k_norm[col]);
    }
}
