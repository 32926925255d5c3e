// Four columns of a weight row at a time, as the device's own halves, rows a multiple of four columns long. Rows behind the
// last repeat it: they are not stored.
enable f16;
@group(0) @binding({{ WEIGHTS }}) var<storage, read> weights: array<vec4<f16>>;

fn load_weights(row: u32, quad: u32) -> vec4<f32> {
    let quads = params.cols / 4u;
    if (quad >= quads) {
        return vec4<f32>();
    }
    return vec4<f32>(weights[(params.first_row + min(row, params.rows - 1u)) * quads + quad]);
}
