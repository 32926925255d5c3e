// x as it lies in memory, in one go.
const CHUNK: u32 = 0xffffffffu;

fn begin(number: u32, local: u32) {}

fn fill(start: u32, local: u32) {}

fn x_quad(x_row: u32, quad: u32, start: u32) -> vec4<f32> {
    return load_x(x_row, quad);
}
