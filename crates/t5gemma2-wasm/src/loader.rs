//! Weights on their way in.

use t5gemma2::{Config, Dtype, Part, Task};
use wasm_bindgen::prelude::*;

use crate::device::Device;
use crate::error::{coded, to_js};

/// Takes one part of a checkpoint's weights as their bytes come.
#[wasm_bindgen]
pub struct Loader {
    pub(crate) inner: t5gemma2::Loader,
    pub(crate) device: burn::tensor::Device,
}

#[wasm_bindgen]
impl Loader {
    /// A loader of a part (the text side for a task, by its name, or "vision") that keeps matrices as `dtype` ("f32" or "bf16").
    ///
    /// # Errors
    /// ConfigError for the configuration, InputError for part or dtype.
    #[wasm_bindgen(constructor)]
    pub fn new(
        device: &Device,
        config_json: &str,
        part: &str,
        dtype: &str,
    ) -> Result<Loader, JsValue> {
        let config = Config::from_json(config_json).map_err(to_js)?;
        let dtype = Dtype::from_name(dtype).map_err(to_js)?;
        let part = match part {
            "vision" => Part::Vision,
            name => {
                let task = Task::ALL.into_iter().find(|task| task.name() == name);
                let unknown = || coded("InputError", &format!("part: \"{name}\" is unknown"));
                Part::Text(task.ok_or_else(unknown)?)
            }
        };
        let device = device.inner.clone();
        Ok(Self {
            inner: t5gemma2::Loader::new(&config, part, dtype, &device),
            device,
        })
    }

    /// Add a file by its head (the 8 bytes of the length and the JSON they announce) and the size of the whole.
    ///
    /// # Errors
    /// LoadError where the head is not that of a sound safetensors file.
    #[wasm_bindgen(js_name = addFile)]
    pub fn add_file(&mut self, name: &str, head: &[u8], size: f64) -> Result<(), JsValue> {
        self.inner.add_file(name, head, size as u64).map_err(to_js)
    }

    /// JSON: `{ ranges: [{ file, begin, end }], warnings, weightBytes }`.
    ///
    /// # Errors
    /// LoadError that lists every tensor that is missing, surplus or of the wrong shape.
    pub fn plan(&mut self) -> Result<String, JsValue> {
        let plan = self.inner.plan().map_err(to_js)?;
        let ranges: Vec<_> = plan
            .ranges
            .iter()
            .map(|range| serde_json::json!({ "file": range.file, "begin": range.begin, "end": range.end }))
            .collect();
        let plan = serde_json::json!({ "ranges": ranges, "warnings": plan.warnings, "weightBytes": plan.weight_bytes });
        Ok(plan.to_string())
    }

    /// Take bytes of a file from `offset` on.
    ///
    /// # Errors
    /// LoadError for bytes that the plan did not ask for.
    pub fn push(&mut self, file: usize, offset: f64, bytes: &[u8]) -> Result<(), JsValue> {
        self.inner.push(file, offset as u64, bytes).map_err(to_js)
    }
}
