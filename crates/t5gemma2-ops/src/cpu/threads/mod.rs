//! Several threads at the same rows.
//!
//! Whoever calls a kernel is one of the threads; the others come from outside (web workers on the same wasm memory) and
//! [`serve`]. Work is split by rows, each of which is computed exactly as one thread would: results don't depend on how
//! many threads there are. Without others, or where a piece of work is small, all of it runs on the caller's thread.

mod pool;
mod split;
#[cfg(test)]
mod tests;
mod wait;

pub use pool::{failure_flag, serve, set_may_wait, stop};
pub(crate) use split::{Columns, Shared, for_columns, for_parts, for_rows, rows_of};
