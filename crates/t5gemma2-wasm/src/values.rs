//! Plain objects and arrays for JavaScript.

use burn::tensor::Tensor;
use js_sys::{Array, Float32Array};
use wasm_bindgen::JsValue;

pub use t5gemma2_js::{dims, object};

use crate::error::to_js;

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
