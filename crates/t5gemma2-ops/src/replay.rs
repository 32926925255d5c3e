//! Recording what a computation launches on the device, and launching it again without the host's part in it.

use burn::backend::{Backend, Dispatch};
use burn::tensor::Device;

/// Launches that were recorded.
///
/// They go to the buffers that they were recorded with. Whoever replays them keeps the tensors that the recorded computation
/// read or wrote and did not make itself, and lends them to nobody who would not expect changes.
pub struct Recording(Graph<Dispatch>, Device);

struct Graph<B: Backend>(B::GraphPrimitive);

/// Whether launches on the device can be recorded.
pub fn can_record(device: &Device) -> bool {
    *device != Device::flex()
}

/// Compute `step` twice: once at once, which allocates and compiles what it needs, and once only to record it. The results
/// of both; the second is there after the first replay.
///
/// # Errors
/// What the device refuses; the tensors that `step` wrote must then not be read any more.
pub fn record<T>(
    device: &Device,
    mut step: impl FnMut() -> T,
) -> Result<(Recording, [T; 2]), String> {
    let on = device.as_dispatch();
    let told = |error: &dyn core::fmt::Debug| format!("recording a step: {error:?}");
    Dispatch::graph_prepare(on).map_err(|error| told(&error))?;
    let first = step();
    Dispatch::graph_start_capture(on).map_err(|error| told(&error))?;
    let second = step();
    let graph = Dispatch::graph_stop_capture(on).map_err(|error| told(&error))?;
    Ok((Recording(Graph(graph), device.clone()), [first, second]))
}

impl Recording {
    /// Queue the launches again.
    ///
    /// # Errors
    /// What the device refuses.
    pub fn replay(&self) -> Result<(), String> {
        // SAFETY: wgpu guards the pages that a graph touches for as long as it lives; buffers are shared only as documented.
        unsafe { Dispatch::graph_replay(self.1.as_dispatch(), &self.0.0) }
            .map_err(|error| format!("replaying a step: {error:?}"))
    }
}
