// An invocation an element of the output; ids that lie in none of the bound shards are left to another dispatch.
const BF16: bool = {{ BF16 }};

struct Params {
    cols: u32,
    row_words: u32,
    n: u32,
    rows_per_shard: u32,
    // The shard at binding 1, and how many follow it (the rest of the bindings repeats one of them).
    first_shard: u32,
    shards: u32,
}

@group(0) @binding(0) var<storage, read> ids: array<u32>;
@group(0) @binding(1) var<storage, read> shard0: array<u32>;
@group(0) @binding(2) var<storage, read> shard1: array<u32>;
@group(0) @binding(3) var<storage, read> shard2: array<u32>;
@group(0) @binding(4) var<storage, read> shard3: array<u32>;
@group(0) @binding(5) var<storage, read> shard4: array<u32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

fn word(shard: u32, index: u32) -> u32 {
    switch (shard) {
        case 0u: { return shard0[index]; }
        case 1u: { return shard1[index]; }
        case 2u: { return shard2[index]; }
        case 3u: { return shard3[index]; }
        default: { return shard4[index]; }
    }
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    for (var i = id.x; i < params.n * params.cols; i += groups.x * 256u) {
        let row = ids[i / params.cols];
        let col = i % params.cols;
        let shard = row / params.rows_per_shard;
        if (shard >= params.first_shard && shard < params.first_shard + params.shards) {
            let first = row % params.rows_per_shard * params.row_words;
            if (BF16) {
                let pair = word(shard - params.first_shard, first + col / 2u);
                out[i] = bitcast<f32>(select(pair << 16u, pair & 0xffff0000u, (col & 1u) == 1u));
            } else {
                out[i] = bitcast<f32>(word(shard - params.first_shard, first + col));
            }
        }
    }
}
