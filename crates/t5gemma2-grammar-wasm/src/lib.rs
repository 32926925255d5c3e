//! Which tokens may come next, so that an answer fits a JSON Schema or a regular expression: llguidance for JavaScript.
//!
//! A [`Vocabulary`] is made once a tokenizer; it makes a [`Matcher`] for each answer.

mod grammar;
mod locate;
mod matcher;
mod vocabulary;

pub use matcher::Matcher;
pub use t5gemma2_js::{refused_allocation, set_notifier};
pub use vocabulary::Vocabulary;
