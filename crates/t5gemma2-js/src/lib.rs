//! What every binary of the package has in common towards JavaScript: what ends an instance, and errors with a `code`.

#[cfg(target_family = "wasm")]
mod allocator;
mod notice;
mod refused;
#[cfg(target_feature = "atomics")]
mod shared_memory;
mod values;

use wasm_bindgen::JsValue;

pub use notice::{set_notifier, tell};
pub use refused::refused_allocation;
pub use values::{dims, object, set};

/// `Error { message, code }`.
pub fn coded(code: &str, message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    // Setting a property of an object that was just made can't fail.
    let _ = js_sys::Reflect::set(&error, &JsValue::from_str("code"), &JsValue::from_str(code));
    error.into()
}
