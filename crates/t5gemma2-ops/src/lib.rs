//! The fused operations of T5Gemma 2, as one burn backend extension.
//!
//! Each operation has a folder: `mod.rs` is the public function with its formula and shapes, `reference.rs` the same
//! maths in plain tensor operations (the truth the others are tested against), `flex.rs` the CPU kernel, `wgpu.rs` and
//! the `.wgsl` files beside it the WebGPU one.
//!
//! Activations, norms and accumulators are f32 always. Shapes are checked once, on the host, by named dimension: a
//! mismatch is a bug of the caller and panics with the names; nothing else here panics on data.

// Sleeping on an address is not stable yet; only the binary with threads does it.
#![cfg_attr(
    all(target_arch = "wasm32", target_feature = "atomics"),
    feature(stdarch_wasm_atomic_wait)
)]

mod dims;

mod append;
mod argmax;
mod attention;
mod backend;
pub mod cases;
mod choose;
mod cpu;
mod gather;
mod geglu;
#[cfg(feature = "wgpu")]
mod gpu;
mod heads;
mod increment;
mod layer_norm;
mod linear;
mod look_back;
mod matrix;
mod merged_attention;
mod merged_linear;
mod normed_linear;
mod product;
mod random;
mod replay;
mod rms_norm;
mod room;
mod round;
mod sample;
mod several;
mod stored;

pub use append::append;
pub use argmax::argmax;
pub use attention::{AttentionMask, attention};
pub use choose::{Ends, Progress, choose};
pub use cpu::threads;
pub use geglu::{geglu, gelu_tanh};
#[cfg(feature = "wgpu")]
pub use gpu::{Adapter, set_adapter};
pub use heads::{HeadDims, Rope, heads_into, kv_heads, qkv_heads};
pub use increment::increment;
pub use layer_norm::layer_norm;
pub use look_back::{LookBack, look_back};
pub use matrix::{Matrix, MatrixBuilder, MatrixError, SourceType, Storage};
pub use merged_attention::{MergedAttention, merged_attention};
pub use normed_linear::{Input, NormedLinear};
pub use random::Random;
pub use replay::{Recording, can_record, record};
pub use rms_norm::{add_rms_norm, rms_norm};
pub use room::make_room;
pub use sample::{NO_TOKEN, NOT_NUMBERS, Sampling};
