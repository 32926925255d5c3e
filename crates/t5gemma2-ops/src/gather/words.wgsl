// Five shards.
@group(0) @binding({{ SHARD0 }}) var<storage, read> shard0: array<u32>;
@group(0) @binding({{ SHARD1 }}) var<storage, read> shard1: array<u32>;
@group(0) @binding({{ SHARD2 }}) var<storage, read> shard2: array<u32>;
@group(0) @binding({{ SHARD3 }}) var<storage, read> shard3: array<u32>;
@group(0) @binding({{ SHARD4 }}) var<storage, read> shard4: array<u32>;

fn word(shard: u32, index: u32) -> u32 {
    switch (shard) {
        case 0u: { return shard0[index]; }
        case 1u: { return shard1[index]; }
        case 2u: { return shard2[index]; }
        case 3u: { return shard3[index]; }
        default: { return shard4[index]; }
    }
}
