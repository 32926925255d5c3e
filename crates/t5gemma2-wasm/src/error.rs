//! Errors of the model crate as JavaScript errors with a `code`.

use wasm_bindgen::JsValue;

pub use t5gemma2_js::coded;

/// `Error { message, code }`.
pub fn to_js(error: t5gemma2::Error) -> JsValue {
    coded(error.code(), &error.to_string())
}
