// The layer's input as it is.
@group(0) @binding({{ RESIDUAL }}) var<storage, read> residual: array<vec4<f32>>;

fn prepare(x_row: u32, local: u32) {}

fn input_quad(x_row: u32, quad: u32) -> vec4<f32> {
    return residual[x_row * (params.cols / 4u) + quad];
}

fn keep(x_row: u32, quad: u32, value: vec4<f32>) {}
