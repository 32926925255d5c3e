// Rows of x of any length, column by column. Rows behind the last repeat it.
@group(0) @binding({{ X }}) var<storage, read> x: array<f32>;

fn load_x(row: u32, quad: u32) -> vec4<f32> {
    var result = vec4<f32>();
    for (var i = 0u; i < 4u; i++) {
        let col = quad * 4u + i;
        if (col < params.cols) {
            result[i] = x[min(row, params.n - 1u) * params.cols + col];
        }
    }
    return result;
}
