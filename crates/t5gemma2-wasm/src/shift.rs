//! What the heads make of ids before the decoder reads them.

use wasm_bindgen::prelude::*;

/// Decoder inputs for labels [batch, length]: shifted to the right, `start` first, -100 replaced by `pad`.
#[wasm_bindgen(js_name = shiftRight)]
pub fn shift_right(labels: &[i32], length: usize, start: i32, pad: i32) -> Vec<i32> {
    t5gemma2::shift_right(labels, length, start, pad)
}

/// Where a sequence's score is read: the last position of each row of decoder ids that is not `pad`.
#[wasm_bindgen(js_name = pooledPositions)]
pub fn pooled_positions(ids: &[i32], length: usize, pad: Option<i32>) -> Vec<i32> {
    t5gemma2::loss::pooled_positions(ids, length, pad)
        .into_iter()
        .map(|position| position as i32)
        .collect()
}
