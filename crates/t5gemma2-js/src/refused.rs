//! What the allocator had to refuse.

use std::sync::atomic::{AtomicUsize, Ordering};
use wasm_bindgen::prelude::*;

pub(crate) static REFUSED: AtomicUsize = AtomicUsize::new(0);

/// Bytes of the allocation that was refused last; 0 if none was.
#[wasm_bindgen(js_name = refusedAllocation)]
pub fn refused_allocation() -> usize {
    REFUSED.load(Ordering::Relaxed)
}
