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
    has_bias: u32,
}

@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

fn store(x_row: u32, row: u32, value: f32) {
    if (x_row < params.n && row < params.rows) {
        let column = params.out_first + row;
        var result = value;
        if (params.has_bias != 0u) {
            result += bias[column];
        }
        out[x_row * params.out_cols + column] = result;
    }
}
