// The same by subgroups.
enable subgroups;
diagnostic(off, subgroup_uniformity);

var<workgroup> keys: array<u32, SIZE / 4u>;
var<workgroup> columns: array<u32, SIZE / 4u>;

fn first_of_largest(key: u32, column: u32, local: u32) -> u32 {
    let width = subgroupAdd(1u);
    let largest = subgroupMax(key);
    let first = subgroupMin(select(0xffffffffu, column, key == largest));
    if (subgroupElect()) {
        keys[local / width] = largest;
        columns[local / width] = first;
    }
    workgroupBarrier();
    var winner = 0u;
    for (var i = 1u; i < SIZE / width; i++) {
        if (keys[i] > keys[winner] || (keys[i] == keys[winner] && columns[i] < columns[winner])) {
            winner = i;
        }
    }
    return columns[winner];
}
