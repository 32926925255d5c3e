// Philox 4x32-10, as `Random` has it: the 32 highest bits of the number for a row and step.
fn random(seed: vec2<u32>, row: u32, step: u32) -> u32 {
    var counter = vec4<u32>(0u, step, row, 0u);
    var key = seed;
    for (var round = 0u; round < 10u; round++) {
        let a = product(0xd2511f53u, counter.x);
        let b = product(0xcd9e8d57u, counter.z);
        counter = vec4<u32>(b.y ^ counter.y ^ key.x, b.x, a.y ^ counter.w ^ key.y, a.x);
        key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
    }
    return (counter.x & 0xffffffe0u) | (counter.y >> 27u);
}
