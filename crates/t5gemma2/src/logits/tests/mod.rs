//! Against transformers' answers in test/fixtures/logits, and what those can't show.

mod choice;
pub(crate) mod fixtures;
mod options;
mod processors;
mod sampling;
