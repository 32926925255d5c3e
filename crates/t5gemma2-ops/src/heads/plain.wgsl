// Weights of both norms apart; keys and values in tensors of their own.
struct Params {
    rows: u32,
    len: u32,
    query_heads: u32,
    kv_heads: u32,
    d: u32,
    eps: f32,
    rope_scaling: f32,
}

@group(0) @binding(1) var<storage, read> q_norm: array<f32>;
@group(0) @binding(2) var<storage, read> k_norm: array<f32>;

fn q_weight(col: u32) -> f32 {
    return q_norm[col];
}

fn k_weight(col: u32) -> f32 {
    return k_norm[col];
}

fn keeps(row: u32) -> bool {
    return true;
}

fn kv_place(row: u32, head: u32) -> u32 {
    return place(row, params.kv_heads, head);
}
