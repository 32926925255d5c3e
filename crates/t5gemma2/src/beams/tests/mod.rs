//! Against transformers' `generate` on a model whose logits are a hash, and what that can't show.

mod generations;
mod rules;
