// Sum over the workgroup; every invocation gets it. Needs `const SIZE: u32`, a power of two: the workgroup's size.
var<workgroup> partial_sums: array<f32, SIZE>;

fn workgroup_sum(value: f32, local: u32) -> f32 {
    workgroupBarrier();
    partial_sums[local] = value;
    workgroupBarrier();
    for (var half = SIZE / 2u; half > 0u; half >>= 1u) {
        if (local < half) {
            partial_sums[local] += partial_sums[local + half];
        }
        workgroupBarrier();
    }
    return partial_sums[0];
}
