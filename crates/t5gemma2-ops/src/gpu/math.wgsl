// exp(2x) of a clamped x: the built-in tanh may overflow inside, and nothing changes beyond 15 in f32.
fn tanh_of(x: f32) -> f32 {
    return 1.0 - 2.0 / (exp(2.0 * clamp(x, -15.0, 15.0)) + 1.0);
}

fn gelu_tanh(x: f32) -> f32 {
    return 0.5 * x * (1.0 + tanh_of(0.7978845608 * (x + 0.044715 * x * x * x)));
}
