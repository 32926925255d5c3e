// x is what the parts of attention left, brought to the largest score of all of them: each workgroup finds the factors anew.
const PARTS: u32 = {{ PARTS }}u;
const HEADS: u32 = {{ HEADS }}u;
const D: u32 = {{ D }}u;

@group(0) @binding({{ LEFT }}) var<storage, read> left: array<f32>;

var<workgroup> factors: array<f32, PARTS * N * HEADS>;

// The first of a part's columns of a head; its largest score and the sum of its weights follow them.
fn first_of(part: u32, head: u32) -> u32 {
    return (part * N * HEADS + head) * (D + 2u);
}

fn begin(number: u32, local: u32) {
    for (var head = local; head < N * HEADS; head += SIZE) {
        var largest = left[first_of(0u, head) + D];
        for (var part = 1u; part < PARTS; part++) {
            largest = max(largest, left[first_of(part, head) + D]);
        }
        var sum = 0.0;
        for (var part = 0u; part < PARTS; part++) {
            let first = first_of(part, head);
            let factor = exp(left[first + D] - largest);
            factors[part * N * HEADS + head] = factor;
            sum += left[first + D + 1u] * factor;
        }
        let whole = select(0.0, 1.0 / sum, sum > 0.0);
        for (var part = 0u; part < PARTS; part++) {
            factors[part * N * HEADS + head] *= whole;
        }
    }
}

fn made_quad(x_row: u32, quad: u32) -> vec4<f32> {
    let head = x_row * HEADS + quad * 4u / D;
    var value = vec4<f32>();
    for (var part = 0u; part < PARTS; part++) {
        let first = first_of(part, head) + quad * 4u % D;
        let columns = vec4<f32>(left[first], left[first + 1u], left[first + 2u], left[first + 3u]);
        value += factors[part * N * HEADS + head] * columns;
    }
    return value;
}
