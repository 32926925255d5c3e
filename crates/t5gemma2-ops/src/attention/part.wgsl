// Several workgroups share the keys of their queries. Of each row they leave the columns, not yet divided by the sum of
// their weights, the largest score and that sum.
const PARTS: u32 = {{ PARTS }}u;

// The keys of a part, a multiple of `step` of them but for the last.
fn part_of(range: vec2<u32>, part: u32, step: u32) -> vec2<u32> {
    let size = ((range.y - range.x + PARTS - 1u) / PARTS + step - 1u) / step * step;
    let first = min(range.x + part * size, range.y);
    return vec2<u32>(first, min(first + size, range.y));
}

fn emit(part: u32, row: u32, column: u32, value: f32, largest: f32, sum: f32) {
    let first = (part * params.batch * params.len * params.heads + row) * (D + 2u);
    out[first + column] = value;
    if (column == 0u) {
        out[first + D] = largest;
        out[first + D + 1u] = sum;
    }
}
