// Weights of both norms in one tensor; keys and values in rings.
struct Params {
    rows: u32,
    len: u32,
    query_heads: u32,
    kv_heads: u32,
    d: u32,
    eps: f32,
    rope_scaling: f32,
    slots: u32,
}

@group(0) @binding(1) var<storage, read> norms: array<f32>;
@group(0) @binding(2) var<storage, read> total: array<u32>;

fn q_weight(col: u32) -> f32 {
    return norms[col];
}

fn k_weight(col: u32) -> f32 {
    return norms[params.d + col];
}

// Rows that a later one falls on are skipped.
fn keeps(row: u32) -> bool {
    return row % params.len + params.slots >= params.len;
}

fn kv_place(row: u32, head: u32) -> u32 {
    let slot = (total[0] - params.len + row % params.len) % params.slots;
    return ((row / params.len * params.kv_heads + head) * params.slots + slot) * params.d;
}
