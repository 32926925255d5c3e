// x is the layer's input, normed: each workgroup finds the factors anew, which costs it two passes over a few rows, and
// holds CHUNK quads of x at a time, a multiple of every kernel's step. The first workgroup keeps the input for the next block.
const CHUNK: u32 = 256u / N / 16u * 16u;

// Two norms of `cols`: of the update and of the input.
@group(0) @binding({{ NORMS }}) var<storage, read> norms: array<vec4<f32>>;

var<private> factors: array<f32, N>;
var<workgroup> tile: array<vec4<f32>, N * CHUNK>;

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

fn fill(start: u32, local: u32) {
    let quads = params.cols / 4u;
    workgroupBarrier();
    for (var place = local; place < N * CHUNK; place += SIZE) {
        let i = place / CHUNK;
        let quad = start + place % CHUNK;
        if (quad < quads) {
            tile[place] = input_quad(i, quad) * factors[i] * (1.0 + norms[quads + quad]);
        } else {
            tile[place] = vec4<f32>();
        }
    }
    workgroupBarrier();
}

fn x_quad(x_row: u32, quad: u32, start: u32) -> vec4<f32> {
    return tile[x_row * CHUNK + quad - start];
}
