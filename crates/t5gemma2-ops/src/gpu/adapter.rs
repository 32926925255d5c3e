//! What is known of the adapter.

use core::sync::atomic::{AtomicBool, Ordering};

static SOFTWARE: AtomicBool = AtomicBool::new(false);

/// Say whether the adapter computes on the CPU. It decides which kernels are chosen, never what they compute.
pub fn set_software_adapter(software: bool) {
    SOFTWARE.store(software, Ordering::Relaxed);
}

pub(crate) fn is_software() -> bool {
    SOFTWARE.load(Ordering::Relaxed)
}
