// A team adds up by its subgroup, or by several, which have four invocations or more, and workgroup memory.
enable subgroups;
diagnostic(off, subgroup_uniformity);

const SUBGROUPS: u32 = SIZE / 4u;

var<private> totals: array<f32, N * ROWS>;
var<private> width: u32;
var<workgroup> partial: array<f32, N * ROWS * SUBGROUPS>;

fn share_sums(sums: ptr<function, array<f32, N * ROWS>>, local: u32) {
    width = min(subgroupAdd(1u), LANES);
    for (var i = 0u; i < N * ROWS; i++) {
        var sum = sums[i];
        for (var distance = 1u; distance < width; distance <<= 1u) {
            sum += subgroupShuffleXor(sum, distance);
        }
        totals[i] = sum;
        if (width < LANES && local % width == 0u) {
            partial[i * SUBGROUPS + local / width] = sum;
        }
    }
    workgroupBarrier();
}

fn team_sum(x_row: u32, r: u32, team: u32) -> f32 {
    let i = x_row * ROWS + r;
    if (width == LANES) {
        return totals[i];
    }
    var sum = 0.0;
    for (var subgroup = 0u; subgroup < LANES / width; subgroup++) {
        sum += partial[i * SUBGROUPS + team * (LANES / width) + subgroup];
    }
    return sum;
}
