//! The blocks that encoder and decoder are made of; names mirror the checkpoint.

mod attention;
mod embedding;
mod layer;
mod linear;
mod stack;

pub(crate) use attention::{Attention, HeadsOf};
pub(crate) use embedding::Embedding;
pub(crate) use layer::Layer;
pub(crate) use linear::Linear;
pub(crate) use stack::Stack;
