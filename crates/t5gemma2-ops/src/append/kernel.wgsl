// An invocation an element of `new`; rows that a later one falls on are skipped.
struct Params {
    elements: u32,
    len: u32,
    slots: u32,
    d: u32,
}

@group(0) @binding(0) var<storage, read> fresh: array<f32>;
@group(0) @binding(1) var<storage, read> total: array<u32>;
@group(0) @binding(2) var<storage, read_write> cache: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    for (var i = id.x; i < params.elements; i += groups.x * 256u) {
        let column = i % params.d;
        let row = i / params.d % params.len;
        let head = i / params.d / params.len;
        if (row + params.slots >= params.len) {
            let slot = (total[0] - params.len + row) % params.slots;
            cache[(head * params.slots + slot) * params.d + column] = fresh[i];
        }
    }
}
