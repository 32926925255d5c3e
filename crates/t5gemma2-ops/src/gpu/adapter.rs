//! What is known of the adapter.

use std::sync::RwLock;

/// What decides which kernels are chosen, never what they compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adapter {
    /// It computes on the CPU.
    pub software: bool,
    /// The device has `subgroups`, and the invocations of a workgroup lie in its subgroups in the order of their indices.
    pub subgroups: bool,
    /// The device has `shader-f16`.
    pub shader_f16: bool,
    /// Bytes that one binding of the device may have.
    pub largest_binding: usize,
}

static ADAPTER: RwLock<Adapter> = RwLock::new(Adapter {
    software: false,
    subgroups: false,
    shader_f16: false,
    largest_binding: 128 << 20,
});

/// Describe the adapter; until then it is taken for a GPU with what all have.
pub fn set_adapter(adapter: Adapter) {
    *ADAPTER.write().unwrap_or_else(|lock| lock.into_inner()) = adapter;
}

pub(crate) fn adapter() -> Adapter {
    *ADAPTER.read().unwrap_or_else(|lock| lock.into_inner())
}
