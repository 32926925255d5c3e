// Sum and maximum over the workgroup; every invocation gets them. Need `const SIZE: u32`, a multiple of 16: the workgroup's size.
var<workgroup> values_of_all: array<f32, SIZE>;
var<workgroup> values_of_sixteen: array<f32, SIZE / 16u>;

fn workgroup_sum(value: f32, local: u32) -> f32 {
    values_of_all[local] = value;
    workgroupBarrier();
    if (local < SIZE / 16u) {
        var sum = 0.0;
        for (var i = 0u; i < 16u; i++) {
            sum += values_of_all[local * 16u + i];
        }
        values_of_sixteen[local] = sum;
    }
    workgroupBarrier();
    var sum = 0.0;
    for (var i = 0u; i < SIZE / 16u; i++) {
        sum += values_of_sixteen[i];
    }
    return sum;
}

fn workgroup_largest(value: f32, local: u32) -> f32 {
    values_of_all[local] = value;
    workgroupBarrier();
    if (local < SIZE / 16u) {
        var largest = values_of_all[local * 16u];
        for (var i = 1u; i < 16u; i++) {
            largest = max(largest, values_of_all[local * 16u + i]);
        }
        values_of_sixteen[local] = largest;
    }
    workgroupBarrier();
    var largest = values_of_sixteen[0];
    for (var i = 1u; i < SIZE / 16u; i++) {
        largest = max(largest, values_of_sixteen[i]);
    }
    return largest;
}
