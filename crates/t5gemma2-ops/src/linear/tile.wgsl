// x that each workgroup makes, CHUNK quads of it at a time, a multiple of every kernel's step: `begin` makes ready what
// `made_quad(x_row, quad)` needs.
const CHUNK: u32 = 256u / N / 16u * 16u;

var<workgroup> tile: array<vec4<f32>, N * CHUNK>;

fn fill(start: u32, local: u32) {
    workgroupBarrier();
    for (var place = local; place < N * CHUNK; place += SIZE) {
        let quad = start + place % CHUNK;
        if (quad < params.cols / 4u) {
            tile[place] = made_quad(place / CHUNK, quad);
        } else {
            tile[place] = vec4<f32>();
        }
    }
    workgroupBarrier();
}

fn x_quad(x_row: u32, quad: u32, start: u32) -> vec4<f32> {
    return tile[x_row * CHUNK + quad - start];
}
