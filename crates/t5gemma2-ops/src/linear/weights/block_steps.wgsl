// A step of two blocks: x and weights made ready, and their product.
const STEP: u32 = 16u;

struct Inputs {
    x: array<vec4<f32>, 16>,
    bias: vec2<f32>,
}

struct Weights {
    w: array<vec4<f32>, 16>,
    scales: vec2<f32>,
}

fn product(w: Weights, x: Inputs) -> f32 {
    let first = dot(w.w[0], x.x[0]) + dot(w.w[1], x.x[1])
        + dot(w.w[2], x.x[2]) + dot(w.w[3], x.x[3])
        + dot(w.w[4], x.x[4]) + dot(w.w[5], x.x[5])
        + dot(w.w[6], x.x[6]) + dot(w.w[7], x.x[7]);
    let second = dot(w.w[8], x.x[8]) + dot(w.w[9], x.x[9])
        + dot(w.w[10], x.x[10]) + dot(w.w[11], x.x[11])
        + dot(w.w[12], x.x[12]) + dot(w.w[13], x.x[13])
        + dot(w.w[14], x.x[14]) + dot(w.w[15], x.x[15]);
    return dot(vec2<f32>(first, second) - x.bias, w.scales);
}
