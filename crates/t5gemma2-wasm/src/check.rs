//! Checks of a device: every fused operation against its plain reference, and a small model against the CPU's.

use t5gemma2::{MODEL, check_steps};
use t5gemma2_ops::cases::CaseReport;
use wasm_bindgen::prelude::*;

use crate::device::Device;
use crate::task::Task;

/// Run every case of the named fused operations (of all, where none is named) on the device and compare with the CPU's
/// plain reference, and as "model" a small model's steps with the CPU's: a task of a JSON
/// array of `{ op, label, difference, tolerance, passed, error }`. `difference` is relative to the largest result, and
/// null when it is infinite.
#[wasm_bindgen(js_name = checkKernels)]
pub fn check_kernels(device: &Device, operations: Vec<String>) -> Task {
    let device = device.inner.clone();
    Task::new(async move {
        let mut reports = t5gemma2_ops::cases::check(&device, &operations).await;
        if operations.is_empty() || operations.iter().any(|name| name == MODEL) {
            reports.push(check_steps(&device).await);
        }
        Ok(json(&reports).into())
    })
}

/// Run the few cases, and the steps of a small model, that tell a sound device from a broken one: a task of the same JSON array.
#[wasm_bindgen(js_name = selfTest)]
pub fn self_test(device: &Device) -> Task {
    let device = device.inner.clone();
    Task::new(async move {
        let mut reports = t5gemma2_ops::cases::self_test(&device).await;
        reports.push(check_steps(&device).await);
        Ok(json(&reports).into())
    })
}

fn json(reports: &[CaseReport]) -> String {
    let json = |report: &CaseReport| {
        serde_json::json!({
            "op": report.op,
            "label": report.label,
            "difference": report.difference,
            "tolerance": report.tolerance,
            "passed": report.passed(),
            "error": report.error,
        })
    };
    let reports: Vec<_> = reports.iter().map(json).collect();
    serde_json::Value::from(reports).to_string()
}
