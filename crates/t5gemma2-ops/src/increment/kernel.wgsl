struct Params {
    elements: u32,
    by: u32,
}

@group(0) @binding(0) var<storage, read_write> counter: array<u32>;
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    for (var i = id.x; i < params.elements; i += groups.x * 64u) {
        counter[i] += params.by;
    }
}
