// A step is a quad.
const STEP: u32 = 1u;

struct Inputs {
    x: vec4<f32>,
}

struct Weights {
    w: vec4<f32>,
}

fn inputs(x_row: u32, step: u32, start: u32) -> Inputs {
    return Inputs(x_quad(x_row, step, start));
}

fn step_weights(row: u32, step: u32) -> Weights {
    return Weights(load_weights(row, step));
}

fn product(weights: Weights, inputs: Inputs) -> f32 {
    return dot(weights.w, inputs.x);
}
