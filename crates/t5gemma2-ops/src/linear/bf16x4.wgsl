// Four columns at a time, rows a multiple of four columns long. Rows behind the last repeat it: they are not stored.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weights: array<vec2<u32>>;

fn load_x(row: u32, quad: u32) -> vec4<f32> {
    let quads = params.cols / 4u;
    if (quad >= quads) {
        return vec4<f32>();
    }
    return x[min(row, params.n - 1u) * quads + quad];
}

fn load_weights(row: u32, quad: u32) -> vec4<f32> {
    let quads = params.cols / 4u;
    if (quad >= quads) {
        return vec4<f32>();
    }
    let words = weights[(params.first_row + min(row, params.rows - 1u)) * quads + quad];
    return bitcast<vec4<f32>>(vec4<u32>(
        words.x << 16u,
        words.x & 0xffff0000u,
        words.y << 16u,
        words.y & 0xffff0000u,
    ));
}
