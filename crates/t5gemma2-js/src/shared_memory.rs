//! What an engine knows of the size of a memory that several threads share.
//!
//! When one thread grows the memory, V8 tells the others at their next function call. Until then their bulk instructions
//! (`memory.fill`, `memory.copy`) refuse what lies in the new part, although ordinary loads and stores take it.

/// Wait until this thread's engine knows of memory up to `end`, which exists.
#[inline(always)]
pub fn settle(end: usize) {
    while known() < end {
        call();
    }
}

/// Bytes of the memory, as far as this thread's engine knows.
fn known() -> usize {
    core::arch::wasm32::memory_size::<0>().saturating_mul(1 << 16)
}

/// A call that does nothing: the engine looks around at its beginning.
#[inline(never)]
fn call() {
    for _ in 0..8 {
        core::hint::black_box(());
    }
}
