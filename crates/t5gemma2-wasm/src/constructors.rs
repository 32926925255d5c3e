//! Runs static constructors once.
//!
//! The GPU binary has thousands (the compiler's registries). Unless a module calls them itself, the linker wraps every export
//! so that each call from JavaScript runs them all again: half a second for a token.

use wasm_bindgen::prelude::*;

unsafe extern "C" {
    fn __wasm_call_ctors();
}

/// Called by the bindings when an instance starts.
#[wasm_bindgen(start)]
pub fn start() {
    // SAFETY: the linker makes this function; it is called once, before any other export.
    unsafe { __wasm_call_ctors() };
}
