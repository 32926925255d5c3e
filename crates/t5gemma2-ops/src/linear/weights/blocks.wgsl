// Rows of quantised blocks of 32, two scales to a word.
@group(0) @binding({{ WEIGHTS }}) var<storage, read> weights: array<vec4<u32>>;
@group(0) @binding({{ SCALES }}) var<storage, read> scales: array<u32>;

fn blocks() -> u32 {
    return (params.cols + 31u) / 32u;
}

fn stored_row(row: u32) -> u32 {
    return params.first_row + min(row, params.rows - 1u);
}

// Scales of the blocks 2 pair and 2 pair + 1.
fn scale_pair(row: u32, pair: u32) -> vec2<f32> {
    return unpack2x16float(scales[row * ((blocks() + 1u) / 2u) + pair]);
}
