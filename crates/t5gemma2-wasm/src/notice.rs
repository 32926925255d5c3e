//! Tells JavaScript of what ends an instance, at the moment it happens: afterwards there is nobody left to ask.

use js_sys::Function;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use wasm_bindgen::prelude::*;

thread_local! {
    static NOTIFIER: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Set the function `(kind, message)` that hears of a panic ("panic"), a lost device ("lost") or a command that the GPU
/// refused ("gpu").
#[wasm_bindgen(js_name = setNotifier)]
pub fn set_notifier(notify: Function) {
    NOTIFIER.with(|notifier| *notifier.borrow_mut() = Some(notify));
    std::panic::set_hook(Box::new(|info| tell("panic", &info.to_string())));
}

pub(crate) fn tell(kind: &str, message: &str) {
    NOTIFIER.with(|notifier| {
        if let Ok(notifier) = notifier.try_borrow()
            && let Some(notify) = notifier.as_ref()
        {
            // A notifier that throws has nobody else to tell.
            let _ = notify.call2(&JsValue::UNDEFINED, &kind.into(), &message.into());
        }
    });
}

/// The system's allocator, which remembers what it had to refuse: the trap that follows doesn't say.
struct Remembering;

static REFUSED: AtomicUsize = AtomicUsize::new(0);

#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: Remembering = Remembering;

fn remember(pointer: *mut u8, size: usize) -> *mut u8 {
    if pointer.is_null() {
        REFUSED.store(size, Ordering::Relaxed);
    }
    pointer
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Remembering {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        remember(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        remember(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        remember(unsafe { System.realloc(pointer, layout, size) }, size)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Bytes of the allocation that was refused last; 0 if none was.
#[wasm_bindgen(js_name = refusedAllocation)]
pub fn refused_allocation() -> usize {
    REFUSED.load(Ordering::Relaxed)
}
