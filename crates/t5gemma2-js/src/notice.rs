//! Tells JavaScript of what ends an instance, at the moment it happens: afterwards there is nobody left to ask.

use js_sys::Function;
use std::cell::RefCell;
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

/// Tell the notifier, if there is one.
pub fn tell(kind: &str, message: &str) {
    NOTIFIER.with(|notifier| {
        if let Ok(notifier) = notifier.try_borrow()
            && let Some(notify) = notifier.as_ref()
        {
            // A notifier that throws has nobody else to tell.
            let _ = notify.call2(&JsValue::UNDEFINED, &kind.into(), &message.into());
        }
    });
}
