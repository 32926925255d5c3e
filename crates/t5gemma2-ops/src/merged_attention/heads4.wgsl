// Heads whose width is a multiple of four: loads of four columns.
@group(0) @binding(0) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> own_k: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> own_v: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> encoder_k: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> encoder_v: array<vec4<f32>>;

fn load_q(row: u32, quad: u32) -> vec4<f32> {
    return q[row * (D / 4u) + quad];
}

fn load_own_k(row: u32, quad: u32) -> vec4<f32> {
    return own_k[row * (D / 4u) + quad];
}

fn load_own_v(row: u32, quad: u32) -> vec4<f32> {
    return own_v[row * (D / 4u) + quad];
}

fn load_encoder_k(row: u32, quad: u32) -> vec4<f32> {
    return encoder_k[row * (D / 4u) + quad];
}

fn load_encoder_v(row: u32, quad: u32) -> vec4<f32> {
    return encoder_v[row * (D / 4u) + quad];
}
