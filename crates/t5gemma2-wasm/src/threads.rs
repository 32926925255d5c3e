//! The threads of an instance: web workers on the same memory.

use t5gemma2_ops::threads;
use wasm_bindgen::prelude::*;

/// Be a thread that computes, until [`stop_threads`]; called in a worker, which is blocked meanwhile.
#[wasm_bindgen(js_name = serveThread)]
pub fn serve_thread() {
    threads::serve();
}

/// Let every thread that serves return.
#[wasm_bindgen(js_name = stopThreads)]
pub fn stop_threads() {
    threads::stop();
}

/// Say whether the thread that this instance was made on may sleep; otherwise it waits in a loop.
#[wasm_bindgen(js_name = setMayWait)]
pub fn set_may_wait(may_wait: bool) {
    threads::set_may_wait(may_wait);
}

/// Addresses of two words in the memory: whoever sees a thread trap sets the first to 1 and wakes those who wait on the
/// second.
#[wasm_bindgen(js_name = failureFlag)]
pub fn failure_flag() -> Vec<u32> {
    let (failed, waiting) = threads::failure_flag();
    vec![failed.addr() as u32, waiting.addr() as u32]
}
