// An invocation a column of a row: what the parts left, brought to the largest score of all of them.
struct Params {
    rows: u32,
}

@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const PARTS: u32 = {{ PARTS }}u;
const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    for (var i = id.x; i < params.rows * D; i += groups.x * SIZE) {
        let first = i / D * (D + 2u);
        let stride = params.rows * (D + 2u);
        var largest = parts[first + D];
        for (var part = 1u; part < PARTS; part++) {
            largest = max(largest, parts[part * stride + first + D]);
        }
        var value = 0.0;
        var sum = 0.0;
        for (var part = 0u; part < PARTS; part++) {
            let factor = exp(parts[part * stride + first + D] - largest);
            value += parts[part * stride + first + i % D] * factor;
            sum += parts[part * stride + first + D + 1u] * factor;
        }
        out[i] = value * select(0.0, 1.0 / sum, sum > 0.0);
    }
}
