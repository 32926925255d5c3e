// Of the workgroup's keys the largest, and its column: the first where several are equal.
var<workgroup> keys: array<u32, SIZE>;
var<workgroup> columns: array<u32, SIZE>;

fn first_of_largest(key: u32, column: u32, local: u32) -> u32 {
    keys[local] = key;
    columns[local] = column;
    workgroupBarrier();
    for (var half = SIZE / 2u; half > 0u; half >>= 1u) {
        if (local < half) {
            let other = local + half;
            if (keys[other] > keys[local] || (keys[other] == keys[local] && columns[other] < columns[local])) {
                keys[local] = keys[other];
                columns[local] = columns[other];
            }
        }
        workgroupBarrier();
    }
    return columns[0];
}
