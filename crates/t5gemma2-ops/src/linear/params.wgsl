struct Params {
    // Columns of x and of the weights.
    cols: u32,
    // Rows of x.
    n: u32,
    // Weight rows to use, and the first of them in this shard.
    rows: u32,
    first_row: u32,
    // Columns of the output, and the first that this shard fills.
    out_cols: u32,
    out_first: u32,
    // Of kernels that make x themselves: whether to keep what they make, and the norm's epsilon.
    keeps: u32,
    eps: f32,
    // Bound of the output's magnitude by tanh, or 0.
    softcap: f32,
}

@group(0) @binding({{ OUT }}) var<storage, read_write> out: array<f32>;
@group(0) @binding({{ PARAMS }}) var<uniform> params: Params;

fn store(x_row: u32, row: u32, value: f32) {
    if (x_row < params.n && row < params.rows) {
        let column = params.out_first + row;
        var result = value + bias_of(column);
        if (params.softcap > 0.0) {
            result = params.softcap * tanh_of(result / params.softcap);
        }
        out[x_row * params.out_cols + column] = result;
    }
}
