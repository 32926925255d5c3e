//! The allocator of wasm.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::Ordering;

use crate::refused::REFUSED;

/// The system's allocator, which remembers what it had to refuse: the trap that follows doesn't say.
struct Remembering;

#[global_allocator]
static ALLOCATOR: Remembering = Remembering;

fn remember(pointer: *mut u8, size: usize) -> *mut u8 {
    if pointer.is_null() {
        REFUSED.store(size, Ordering::Relaxed);
    } else {
        #[cfg(target_feature = "atomics")]
        crate::shared_memory::settle(pointer.addr() + size);
    }
    pointer
}

// SAFETY: every call goes to the system's allocator; with threads, zeros and copies are made here, where the memory is known.
unsafe impl GlobalAlloc for Remembering {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        remember(unsafe { System.alloc(layout) }, layout.size())
    }

    #[cfg(not(target_feature = "atomics"))]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        remember(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    #[cfg(not(target_feature = "atomics"))]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        remember(unsafe { System.realloc(pointer, layout, size) }, size)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}
