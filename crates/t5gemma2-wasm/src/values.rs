//! Plain objects and arrays for JavaScript.

use burn::tensor::Tensor;
use js_sys::{Array, Float32Array, Object, Reflect, Uint32Array};
use wasm_bindgen::JsValue;

use crate::error::to_js;

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

/// `{ data, dims }` of a tensor that is read back.
pub async fn tensor<const D: usize>(tensor: Tensor<D>) -> Result<JsValue, JsValue> {
    let dims = dims(&tensor.dims());
    Ok(object(&[
        ("data", read(tensor).await?.into()),
        ("dims", dims.into()),
    ]))
}

/// Read a tensor back.
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Float32Array, JsValue> {
    let data = tensor
        .into_data_async()
        .await
        .map_err(|e| to_js(t5gemma2::Error::device(format!("{e:?}"))))?;
    let values = data
        .try_into_vec::<f32>()
        .map_err(|e| to_js(t5gemma2::Error::device(format!("{e:?}"))))?;
    Ok(Float32Array::from(values.as_slice()))
}

/// Read tensors back, a `{ data, dims }` each; undefined where there are none.
pub async fn read_all<const D: usize>(tensors: Option<Vec<Tensor<D>>>) -> Result<JsValue, JsValue> {
    let Some(tensors) = tensors else {
        return Ok(JsValue::UNDEFINED);
    };
    let all = Array::new();
    for each in tensors {
        all.push(&tensor(each).await?);
    }
    Ok(all.into())
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
