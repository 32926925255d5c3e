//! Plain objects and arrays.

use js_sys::{Object, Reflect, Uint32Array};
use wasm_bindgen::JsValue;

/// An object of these fields.
pub fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        set(&object, name, value);
    }
    object.into()
}

/// Set a field of an object of ours.
pub fn set(object: &Object, name: &str, value: &JsValue) {
    // Setting a property of an object that was just made can't fail.
    let _ = Reflect::set(object, &JsValue::from_str(name), value);
}

/// Dimensions as an array.
pub fn dims(dims: &[usize]) -> Uint32Array {
    Uint32Array::from(
        dims.iter()
            .map(|&dim| dim as u32)
            .collect::<Vec<_>>()
            .as_slice(),
    )
}
