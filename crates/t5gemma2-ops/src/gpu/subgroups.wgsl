// The same by subgroups, which have four invocations or more. Their number of invocations is a number like any other to
// the compiler, which therefore takes what depends on it for different within a subgroup.
enable subgroups;
diagnostic(off, subgroup_uniformity);

var<workgroup> values_of_subgroups: array<f32, SIZE / 4u>;

fn workgroup_sum(value: f32, local: u32) -> f32 {
    let width = subgroupAdd(1u);
    share(subgroupAdd(value), local / width);
    var sum = 0.0;
    for (var i = local % width; i < SIZE / width; i += width) {
        sum += values_of_subgroups[i];
    }
    return subgroupAdd(sum);
}

fn workgroup_largest(value: f32, local: u32) -> f32 {
    let width = subgroupAdd(1u);
    share(subgroupMax(value), local / width);
    var largest = values_of_subgroups[0];
    for (var i = local % width; i < SIZE / width; i += width) {
        largest = max(largest, values_of_subgroups[i]);
    }
    return subgroupMax(largest);
}

fn share(value: f32, subgroup: u32) {
    // What the last call left may still be read.
    workgroupBarrier();
    if (subgroupElect()) {
        values_of_subgroups[subgroup] = value;
    }
    workgroupBarrier();
}
