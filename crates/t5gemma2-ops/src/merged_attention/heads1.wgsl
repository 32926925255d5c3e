// Heads of any width: column by column, zeros behind the last.
@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> own_k: array<f32>;
@group(0) @binding(2) var<storage, read> own_v: array<f32>;
@group(0) @binding(3) var<storage, read> encoder_k: array<f32>;
@group(0) @binding(4) var<storage, read> encoder_v: array<f32>;

fn load_q(row: u32, quad: u32) -> vec4<f32> {
    var result = vec4<f32>();
    for (var i = 0u; i < 4u && quad * 4u + i < D; i++) {
        result[i] = q[row * D + quad * 4u + i];
    }
    return result;
}

fn load_own_k(row: u32, quad: u32) -> vec4<f32> {
    var result = vec4<f32>();
    for (var i = 0u; i < 4u && quad * 4u + i < D; i++) {
        result[i] = own_k[row * D + quad * 4u + i];
    }
    return result;
}

fn load_own_v(row: u32, quad: u32) -> vec4<f32> {
    var result = vec4<f32>();
    for (var i = 0u; i < 4u && quad * 4u + i < D; i++) {
        result[i] = own_v[row * D + quad * 4u + i];
    }
    return result;
}

fn load_encoder_k(row: u32, quad: u32) -> vec4<f32> {
    var result = vec4<f32>();
    for (var i = 0u; i < 4u && quad * 4u + i < D; i++) {
        result[i] = encoder_k[row * D + quad * 4u + i];
    }
    return result;
}

fn load_encoder_v(row: u32, quad: u32) -> vec4<f32> {
    var result = vec4<f32>();
    for (var i = 0u; i < 4u && quad * 4u + i < D; i++) {
        result[i] = encoder_v[row * D + quad * 4u + i];
    }
    return result;
}
