// x is the layer's input, normed: each workgroup finds the factors anew, which costs it two passes over a few rows. The first
// workgroup keeps the input for the next block.

// Two norms of `cols`: of the update and of the input.
@group(0) @binding({{ NORMS }}) var<storage, read> norms: array<vec4<f32>>;

var<private> factors: array<f32, N>;

fn begin(number: u32, local: u32) {
    let quads = params.cols / 4u;
    let keeps = number == 0u && params.keeps != 0u;
    for (var i = 0u; i < N; i++) {
        prepare(i, local);
        var squares = 0.0;
        for (var quad = local; quad < quads; quad += SIZE) {
            let value = input_quad(i, quad);
            squares += dot(value, value);
            if (keeps) {
                keep(i, quad, value);
            }
        }
        factors[i] = 1.0 / sqrt(workgroup_sum(squares, local) / f32(params.cols) + params.eps);
    }
}

fn made_quad(x_row: u32, quad: u32) -> vec4<f32> {
    return input_quad(x_row, quad) * factors[x_row] * (1.0 + norms[params.cols / 4u + quad]);
}
