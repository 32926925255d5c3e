//! bindings
use wasm_bindgen::prelude::*;
use burn::tensor::{Device, Tensor};
/// x
#[wasm_bindgen]
pub async fn probe(gpu: bool) -> Vec<f32> {
    #[cfg(feature="wgpu")]
    let d = if gpu { Device::wgpu_options().init_with_setup_async().await.unwrap().0 } else { Device::flex() };
    #[cfg(not(feature="wgpu"))]
    let d = { let _ = gpu; Device::flex() };
    let t = Tensor::<1>::ones([4], &d);
    t5gemma2_ops::probe(t.clone()+t).into_data_async().await.unwrap().to_vec().unwrap()
}
