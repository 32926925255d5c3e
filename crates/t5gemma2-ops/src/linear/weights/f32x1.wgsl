// Weight rows of any length, column by column. Rows behind the last repeat it: they are not stored.
@group(0) @binding({{ WEIGHTS }}) var<storage, read> weights: array<f32>;

fn load_weights(row: u32, quad: u32) -> vec4<f32> {
    var result = vec4<f32>();
    for (var i = 0u; i < 4u; i++) {
        let col = quad * 4u + i;
        if (col < params.cols) {
            result[i] = weights[(params.first_row + min(row, params.rows - 1u)) * params.cols + col];
        }
    }
    return result;
}
