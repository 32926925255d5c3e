//! JavaScript bindings of t5gemma2: they translate values, errors and promises, and decide nothing.
//!
//! Whatever may take long is a [`Task`] that JavaScript polls: a panic then ends the call that met it, where a promise of
//! ours would stay pending for ever and the trap would surface in the event loop.

mod cache;
mod check;
#[cfg(target_family = "wasm")]
mod constructors;
mod device;
mod encoder_output;
mod error;
mod fields;
mod generate_options;
mod generation;
mod inputs;
mod loader;
mod model;
mod shift;
mod step;
mod task;
#[cfg(target_feature = "atomics")]
mod threads;
mod values;

pub use cache::Cache;
pub use check::{check_kernels, self_test};
pub use device::{Device, open_device};
pub use encoder_output::EncoderOutput;
pub use generate_options::check_generate_options;
pub use generation::Generation;
pub use loader::Loader;
pub use model::Model;
pub use shift::{pooled_positions, shift_right};
pub use t5gemma2_js::{refused_allocation, set_notifier};
pub use task::Task;
#[cfg(target_feature = "atomics")]
pub use threads::{failure_flag, serve_thread, set_may_wait, stop_threads};
