//! Sleeping until a number in memory changes.

use core::sync::atomic::AtomicU32;

/// Sleep until [`wake_all`], or not at all if `word` is no longer `expected`. May return for no reason.
pub(super) fn sleep(word: &AtomicU32, expected: u32) {
    #[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
    // SAFETY: the address is that of a live, aligned word.
    unsafe {
        core::arch::wasm32::memory_atomic_wait32(word.as_ptr().cast(), expected.cast_signed(), -1);
    }
    #[cfg(not(all(target_arch = "wasm32", target_feature = "atomics")))]
    if word.load(core::sync::atomic::Ordering::SeqCst) == expected {
        std::thread::yield_now();
    }
}

/// Wake all who sleep on `word`.
pub(super) fn wake_all(word: &AtomicU32) {
    #[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
    // SAFETY: the address is that of a live, aligned word.
    unsafe {
        core::arch::wasm32::memory_atomic_notify(word.as_ptr().cast(), u32::MAX);
    }
    #[cfg(not(all(target_arch = "wasm32", target_feature = "atomics")))]
    let _ = word;
}
