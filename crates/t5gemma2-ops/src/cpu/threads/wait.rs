//! Waiting: until a number in memory changes, until the engine knows of memory that another thread has made.

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

/// Bytes of the memory, as far as this thread's engine knows.
#[cfg(target_arch = "wasm32")]
pub(super) fn memory() -> usize {
    core::arch::wasm32::memory_size::<0>().saturating_mul(1 << 16)
}

#[cfg(not(target_arch = "wasm32"))]
pub(super) fn memory() -> usize {
    0
}

/// Make room for what a job takes beside its result, so that no thread makes the memory larger while others compute.
///
/// When one does, V8 interrupts the others at the next turn of a loop, and there the baseline compiler of V8 11 (Node 20) loses
/// local variables of a loop without calls, such as where the stack ends: seen as an access out of bounds some calls later.
pub(super) fn reserve_memory() {
    #[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
    crate::make_room(16 << 20);
}

/// Wait until this thread's engine knows of so much memory. V8 tells a thread at its next call that another has made the memory
/// larger; until then its bulk instructions refuse what is new.
pub(super) fn for_memory(bytes: usize) {
    #[inline(never)]
    fn call() {
        for _ in 0..8 {
            core::hint::spin_loop();
            core::hint::black_box(());
        }
    }
    while memory() < bytes {
        call();
    }
}
