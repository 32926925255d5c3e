//! Fields of the objects that TypeScript passes: its own, checked there, so that a wrong one is a bug of this package.

use js_sys::{Float32Array, Int32Array, Reflect, Uint8Array, Uint32Array};
use wasm_bindgen::{JsCast, JsValue};

use crate::error::coded;

/// An object with optional fields.
pub struct Fields<'a>(pub &'a JsValue);

impl Fields<'_> {
    fn get(&self, name: &str) -> Option<JsValue> {
        let value = Reflect::get(self.0, &JsValue::from_str(name)).ok()?;
        (!value.is_undefined() && !value.is_null()).then_some(value)
    }

    fn typed<T: JsCast>(&self, name: &str) -> Result<Option<T>, JsValue> {
        self.get(name)
            .map(|value| value.dyn_into().map_err(|_| wrong(name)))
            .transpose()
    }

    /// An Int32Array.
    pub fn ints(&self, name: &str) -> Result<Option<Vec<i32>>, JsValue> {
        Ok(self.typed::<Int32Array>(name)?.map(|array| array.to_vec()))
    }

    /// A Float32Array.
    pub fn floats(&self, name: &str) -> Result<Option<Vec<f32>>, JsValue> {
        Ok(self
            .typed::<Float32Array>(name)?
            .map(|array| array.to_vec()))
    }

    /// A Uint8Array of 0 and 1.
    pub fn flags(&self, name: &str) -> Result<Option<Vec<bool>>, JsValue> {
        let array = self.typed::<Uint8Array>(name)?;
        Ok(array.map(|array| array.to_vec().iter().map(|&flag| flag != 0).collect()))
    }

    /// A number that may be absent.
    pub fn number(&self, name: &str) -> Result<Option<f64>, JsValue> {
        self.get(name)
            .map(|value| value.as_f64().ok_or_else(|| wrong(name)))
            .transpose()
    }

    /// A whole number that must be there.
    pub fn count(&self, name: &str) -> Result<usize, JsValue> {
        let number = self.number(name)?.ok_or_else(|| wrong(name))?;
        Ok(number as usize)
    }

    /// Whether a field is true.
    pub fn is_set(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.is_truthy())
    }

    /// An object that may be absent.
    pub fn object(&self, name: &str) -> Option<JsValue> {
        self.get(name)
    }

    /// A Uint32Array of as many dimensions.
    pub fn dims<const D: usize>(&self, name: &str) -> Result<[usize; D], JsValue> {
        let dims = self
            .typed::<Uint32Array>(name)?
            .ok_or_else(|| wrong(name))?;
        let dims: Vec<usize> = dims.to_vec().iter().map(|&dim| dim as usize).collect();
        dims.try_into().map_err(|_| wrong(name))
    }

    /// A string that may be absent.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.as_string()
    }
}

fn wrong(name: &str) -> JsValue {
    coded(
        "InputError",
        &format!("{name}: is not what the binding takes"),
    )
}
