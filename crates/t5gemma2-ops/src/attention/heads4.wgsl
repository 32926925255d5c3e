// Heads whose width is a multiple of four: loads of four columns.
@group(0) @binding(0) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> v: array<vec4<f32>>;

fn load_q(row: u32, quad: u32) -> vec4<f32> {
    return q[row * (D / 4u) + quad];
}

fn load_k(row: u32, quad: u32) -> vec4<f32> {
    return k[row * (D / 4u) + quad];
}

fn load_v(row: u32, quad: u32) -> vec4<f32> {
    return v[row * (D / 4u) + quad];
}
