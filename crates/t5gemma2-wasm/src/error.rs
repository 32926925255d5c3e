//! Errors of the model crate as JavaScript errors with a `code`.

use wasm_bindgen::JsValue;

/// `Error { message, code }`.
pub fn to_js(error: t5gemma2::Error) -> JsValue {
    coded(error.code(), &error.to_string())
}

/// An error of this crate's own.
pub fn coded(code: &str, message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    // Setting a property of an object that was just made can't fail.
    let _ = js_sys::Reflect::set(&error, &JsValue::from_str("code"), &JsValue::from_str(code));
    error.into()
}
