// A word's two IEEE halves.
fn widen(word: u32) -> vec2<f32> {
    return unpack2x16float(word);
}
