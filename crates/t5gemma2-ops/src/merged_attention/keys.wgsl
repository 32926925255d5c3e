// Keys of merged attention: the used slots of the self ring, then the encoder's, in one sequence.
struct Params {
    batch: u32,
    heads: u32,
    kv_heads: u32,
    len: u32,
    slots: u32,
    encoder_keys: u32,
    // 0x7fffffff without a window.
    window: i32,
    // `valid` holds, when bit 0 is set, `slots` of the self ring for each batch row, then, when bit 1 is, `encoder_keys` for
    // each row of the encoder's.
    has_valid: u32,
    scale: f32,
    softcap: f32,
    // Batch rows to a row of the encoder's.
    shared_by: u32,
}

@group(0) @binding(5) var<storage, read> valid: array<i32>;
@group(0) @binding(6) var<storage, read> total: array<i32>;
@group(0) @binding(7) var<storage, read_write> out: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

// Slots that hold a token.
fn used_slots() -> u32 {
    return min(params.slots, u32(max(total[0], 0)));
}

fn key_range(first: u32, end: u32) -> vec2<u32> {
    return vec2<u32>(0u, used_slots() + params.encoder_keys);
}

fn is_visible(batch: u32, query: u32, key: u32) -> bool {
    let used = used_slots();
    if (key >= used) {
        let first = select(0u, params.batch * params.slots, (params.has_valid & 1u) != 0u);
        let place = batch / params.shared_by * params.encoder_keys + key - used;
        return (params.has_valid & 2u) == 0u || valid[first + place] != 0;
    }
    if ((params.has_valid & 1u) != 0u && valid[batch * params.slots + key] == 0) {
        return false;
    }
    // Slot j holds the newest index congruent to it: last - ((last - j) mod slots).
    let slots = i32(params.slots);
    let last = total[0] - 1;
    let behind = ((last - i32(key)) % slots + slots) % slots;
    let age = total[0] - i32(params.len) + i32(query) - (last - behind);
    return age >= 0 && age < params.window;
}

fn key_at(batch: u32, kv_head: u32, key: u32, quad: u32) -> vec4<f32> {
    let used = used_slots();
    if (key < used) {
        let head = batch * params.kv_heads + kv_head;
        return load_own_k(head * params.slots + key, quad);
    }
    let head = batch / params.shared_by * params.kv_heads + kv_head;
    return load_encoder_k(head * params.encoder_keys + key - used, quad);
}

fn value_at(batch: u32, kv_head: u32, key: u32, quad: u32) -> vec4<f32> {
    let used = used_slots();
    if (key < used) {
        let head = batch * params.kv_heads + kv_head;
        return load_own_v(head * params.slots + key, quad);
    }
    let head = batch / params.shared_by * params.kv_heads + kv_head;
    return load_encoder_v(head * params.encoder_keys + key - used, quad);
}
