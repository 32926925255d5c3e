//! Where a model computes.

use wasm_bindgen::prelude::*;

use crate::error::coded;
use crate::task::Task;

/// An opened device.
#[wasm_bindgen]
pub struct Device {
    pub(crate) inner: burn::tensor::Device,
    info: String,
}

#[wasm_bindgen]
impl Device {
    /// JSON: what the device calls itself, `{ name, backend, driver }`.
    pub fn info(&self) -> String {
        self.info.clone()
    }
}

/// Open "wasm" (this instance's own CPU thread) or "webgpu": a task of a [`Device`].
///
/// WebGPU can be opened once an instance.
#[wasm_bindgen(js_name = openDevice)]
pub fn open_device(kind: String) -> Task {
    Task::new(async move {
        let device = match kind.as_str() {
            "wasm" => Device {
                inner: burn::tensor::Device::flex(),
                info:
                    serde_json::json!({ "name": "CPU", "backend": "wasm", "driver": "burn-flex" })
                        .to_string(),
            },
            #[cfg(feature = "wgpu")]
            "webgpu" => open_webgpu().await?,
            _ => {
                return Err(coded(
                    "DeviceError",
                    &format!("this binary has no device \"{kind}\""),
                ));
            }
        };
        Ok(device.into())
    })
}

/// Say what the opened adapter is and has, before anything is computed on it: kernels are chosen by it.
///
/// `software`: it computes on the CPU. `subgroups`: the device has them, and invocations lie in them in the order of their
/// indices. `shader_f16`: the device has the feature. `largest_binding`: bytes.
#[cfg(feature = "wgpu")]
#[wasm_bindgen(js_name = describeAdapter)]
pub fn describe_adapter(software: bool, subgroups: bool, shader_f16: bool, largest_binding: usize) {
    t5gemma2_ops::set_adapter(t5gemma2_ops::Adapter {
        software,
        subgroups,
        shader_f16,
        largest_binding,
    });
}

#[cfg(feature = "wgpu")]
async fn open_webgpu() -> Result<Device, JsValue> {
    let (inner, setup) = burn::tensor::Device::wgpu_options()
        .init_with_setup_async()
        .await
        .map_err(|error| coded("DeviceError", &format!("WebGPU does not open: {error}")))?;
    // The runtime's own handler panics, out of reach of whoever made the call.
    setup
        .device
        .on_uncaptured_error(std::sync::Arc::new(|error| {
            t5gemma2_js::tell("gpu", &format!("{error}"))
        }));
    setup.device.set_device_lost_callback(|reason, message| {
        t5gemma2_js::tell("lost", &format!("{reason:?} {message}"))
    });
    let adapter = setup.adapter.get_info();
    let info =
        serde_json::json!({ "name": adapter.name, "backend": "webgpu", "driver": adapter.driver })
            .to_string();
    Ok(Device { inner, info })
}
