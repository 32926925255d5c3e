// Weight rows of any length, two columns to a word. Rows behind the last repeat it: they are not stored.
@group(0) @binding({{ WEIGHTS }}) var<storage, read> weights: array<u32>;

fn load_weights(row: u32, quad: u32) -> vec4<f32> {
    let words = (params.cols + 1u) / 2u;
    let first = (params.first_row + min(row, params.rows - 1u)) * words;
    var result = vec4<f32>();
    if (quad * 2u < words) {
        result = vec4<f32>(widen(weights[first + quad * 2u]), 0.0, 0.0);
    }
    if (quad * 2u + 1u < words) {
        result = vec4<f32>(result.xy, widen(weights[first + quad * 2u + 1u]));
    }
    return result;
}
