// Four columns of x at a time, rows a multiple of four columns long. Rows behind the last repeat it.
@group(0) @binding({{ X }}) var<storage, read> x: array<vec4<f32>>;

fn load_x(row: u32, quad: u32) -> vec4<f32> {
    let quads = params.cols / 4u;
    if (quad >= quads) {
        return vec4<f32>();
    }
    return x[min(row, params.n - 1u) * quads + quad];
}
