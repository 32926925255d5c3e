// Keys of bidirectional attention: one segment, a window to both sides, a validity a batch row.
struct Params {
    batch: u32,
    heads: u32,
    kv_heads: u32,
    len: u32,
    keys: u32,
    // Both 0xffffffff without a window.
    left: u32,
    right: u32,
    has_valid: u32,
    scale: f32,
    softcap: f32,
}

@group(0) @binding(3) var<storage, read> valid: array<i32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

// The keys from x to before y are all that queries `first` to before `end` may see.
fn key_range(first: u32, end: u32) -> vec2<u32> {
    let start = select(0u, first + 1u - params.left, first + 1u > params.left);
    let stop = select(params.keys, end + params.right, params.right < params.keys && end + params.right < params.keys);
    return vec2<u32>(min(start, first), stop);
}

fn is_visible(batch: u32, query: u32, key: u32) -> bool {
    if (params.has_valid != 0u && valid[batch * params.keys + key] == 0) {
        return false;
    }
    return select(key - query < params.right, query - key < params.left, key <= query);
}

fn key_at(batch: u32, kv_head: u32, key: u32, quad: u32) -> vec4<f32> {
    return load_k((batch * params.kv_heads + kv_head) * params.keys + key, quad);
}

fn value_at(batch: u32, kv_head: u32, key: u32, quad: u32) -> vec4<f32> {
    return load_v((batch * params.kv_heads + kv_head) * params.keys + key, quad);
}
