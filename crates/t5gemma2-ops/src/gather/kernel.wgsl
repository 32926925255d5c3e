// An invocation an element of the output; ids that lie in none of the bound shards are left to another dispatch. `word`,
// `scale_word` and `element` come from the storage's sources.
struct Params {
    cols: u32,
    n: u32,
    rows_per_shard: u32,
    // The first bound shard, and how many follow it (the rest of the bindings repeats one of them).
    first_shard: u32,
    shards: u32,
    // The id that has a row of its own, which is not scaled.
    special: u32,
    scale: f32,
}

@group(0) @binding({{ IDS }}) var<storage, read> ids: array<u32>;
@group(0) @binding({{ SPECIAL }}) var<storage, read> special: array<f32>;
@group(0) @binding({{ OUT }}) var<storage, read_write> out: array<f32>;
@group(0) @binding({{ PARAMS }}) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    for (var i = id.x; i < params.n * params.cols; i += groups.x * 256u) {
        let row = ids[i / params.cols];
        let shard = row / params.rows_per_shard;
        if (shard >= params.first_shard && shard < params.first_shard + params.shards) {
            let col = i % params.cols;
            if (row == params.special) {
                out[i] = special[col];
            } else {
                out[i] = element(shard - params.first_shard, row % params.rows_per_shard, col) * params.scale;
            }
        }
    }
}
