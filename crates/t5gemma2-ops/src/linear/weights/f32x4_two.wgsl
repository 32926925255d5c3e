// Two shards, the first of FIRST rows, as f32x4.wgsl reads one.
@group(0) @binding({{ WEIGHTS }}) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding({{ MORE_WEIGHTS }}) var<storage, read> more_weights: array<vec4<f32>>;

fn load_weights(row: u32, quad: u32) -> vec4<f32> {
    let quads = params.cols / 4u;
    if (quad >= quads) {
        return vec4<f32>();
    }
    let stored = params.first_row + min(row, params.rows - 1u);
    if (stored < {{ FIRST }}u) {
        return weights[stored * quads + quad];
    }
    return more_weights[(stored - {{ FIRST }}u) * quads + quad];
}
