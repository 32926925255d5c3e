// Sum over the workgroup; every invocation gets it. Needs `const SIZE: u32`, a multiple of 16: the workgroup's size.
var<workgroup> partial_sums: array<f32, SIZE>;
var<workgroup> sums_of_sixteen: array<f32, SIZE / 16u>;

fn workgroup_sum(value: f32, local: u32) -> f32 {
    partial_sums[local] = value;
    workgroupBarrier();
    if (local < SIZE / 16u) {
        var sum = 0.0;
        for (var i = 0u; i < 16u; i++) {
            sum += partial_sums[local * 16u + i];
        }
        sums_of_sixteen[local] = sum;
    }
    workgroupBarrier();
    var sum = 0.0;
    for (var i = 0u; i < SIZE / 16u; i++) {
        sum += sums_of_sixteen[i];
    }
    return sum;
}
