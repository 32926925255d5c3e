// The layer's input: what came before, plus the normed output of the last block.
@group(0) @binding({{ RESIDUAL }}) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding({{ UPDATE }}) var<storage, read> update: array<vec4<f32>>;
@group(0) @binding({{ SUM }}) var<storage, read_write> kept: array<vec4<f32>>;

var<private> update_factors: array<f32, N>;

fn prepare(x_row: u32, local: u32) {
    let quads = params.cols / 4u;
    var squares = 0.0;
    for (var quad = local; quad < quads; quad += SIZE) {
        let value = update[x_row * quads + quad];
        squares += dot(value, value);
    }
    update_factors[x_row] = 1.0 / sqrt(workgroup_sum(squares, local) / f32(params.cols) + params.eps);
}

fn input_quad(x_row: u32, quad: u32) -> vec4<f32> {
    let place = x_row * (params.cols / 4u) + quad;
    return residual[place] + update[place] * update_factors[x_row] * (1.0 + norms[quad]);
}

fn keep(x_row: u32, quad: u32, value: vec4<f32>) {
    kept[x_row * (params.cols / 4u) + quad] = value;
}
