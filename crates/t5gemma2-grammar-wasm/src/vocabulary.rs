//! The tokens of a tokenizer as bytes of text.

use llguidance::ParserFactory;
use llguidance::api::TopLevelGrammar;
use llguidance::toktrie::{ApproximateTokEnv, InferenceCapabilities, TokEnv, TokRxInfo, TokTrie};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use t5gemma2_js::coded;
use wasm_bindgen::prelude::*;

use crate::grammar;
use crate::locate;
use crate::matcher::Matcher;

/// Texts whose tokens are known beforehand, so that a JSON string's mask needs no walk through all of them. One kind, since each
/// costs three tries of the vocabulary; with llguidance's own four a quarter of a million tokens take twice the time and memory.
const SLICE: &str = r#"[^"\\\x00-\x1F\x7F]{1,16}"#;

/// The text of every token.
#[wasm_bindgen]
pub struct Vocabulary {
    plain: ParserFactory,
    sliced: OnceCell<ParserFactory>,
    twins: Rc<Twins>,
    size: usize,
}

/// Tokens with the same text as an earlier one, which stands for both in the trie: by their ids, the earlier one second.
pub type Twins = HashMap<u32, u32>;

impl Vocabulary {
    /// As for JavaScript, with the error as text.
    pub fn of(bytes: &[u8], ends: &[u32], eos: &[u32]) -> Result<Self, String> {
        let Some((&first, rest)) = eos.split_first() else {
            return Err("no token ends an answer".into());
        };
        let mut words = Vec::with_capacity(ends.len());
        let mut firsts: HashMap<&[u8], u32> = HashMap::with_capacity(ends.len());
        let mut twins = Twins::new();
        let mut begin = 0;
        for (id, &end) in (0u32..).zip(ends) {
            let text = bytes
                .get(begin..end as usize)
                .ok_or_else(|| format!("the text of token {id} lies outside of the bytes"))?;
            begin = end as usize;
            let other = *firsts.entry(text).or_insert(id);
            let is_twin = !text.is_empty() && other != id;
            if is_twin {
                twins.insert(id, other);
            }
            // The trie takes text that begins so for a special token; as a byte of UTF-8 it never occurs.
            let left_out = is_twin || text.first() == Some(&TokTrie::SPECIAL_TOKEN_MARKER);
            words.push(if left_out { Vec::new() } else { text.to_vec() });
        }
        let outside = eos.iter().find(|&&id| id as usize >= words.len());
        if let Some(id) = outside {
            return Err(format!(
                "the end token {id} is none of {} tokens",
                words.len()
            ));
        }
        let info = TokRxInfo::new(words.len() as u32, first);
        let mut trie = TokTrie::from(&info, &words);
        if !rest.is_empty() {
            trie = trie.with_eos_tokens(eos);
        }
        let env: TokEnv = Arc::new(ApproximateTokEnv::new(trie));
        let mut factory = ParserFactory::new(&env, InferenceCapabilities::default(), &[])
            .map_err(|error| format!("{error:#}"))?;
        factory.quiet();
        factory.limits_mut().verbose_errors = false;
        Ok(Self {
            plain: factory,
            sliced: OnceCell::new(),
            twins: Rc::new(twins),
            size: words.len(),
        })
    }

    /// Choices have few tokens to look at: they do without slices, which take as long to make as all the rest.
    fn factory(&self, kind: &str) -> Result<&ParserFactory, String> {
        if kind == "choices" {
            return Ok(&self.plain);
        }
        if let Some(sliced) = self.sliced.get() {
            return Ok(sliced);
        }
        let sliced = self.plain.with_slices(&[SLICE.to_owned()]);
        let sliced = sliced.map_err(|error| format!("{error:#}"))?;
        Ok(self.sliced.get_or_init(|| sliced))
    }

    /// As for JavaScript, with the error as text.
    pub fn begin(&self, kind: &str, source: &str, compact: bool) -> Result<Matcher, String> {
        let grammar = grammar::parse(kind, source, compact)?;
        let parser = self
            .factory(kind)?
            .create_parser(grammar)
            .map_err(|error| {
                let error = format!("{error:#}");
                if kind == "regex" {
                    return grammar::told(&error);
                }
                let place = self.place(kind, source);
                let place = place.map(|at| format!("at {at}: ")).unwrap_or_default();
                format!("{place}{error}")
            })?;
        Ok(Matcher::new(parser, self.twins.clone(), self.size))
    }

    /// Where a schema that was refused is wrong, if not all over.
    fn place(&self, kind: &str, source: &str) -> Option<String> {
        let schema = (kind == "jsonSchema").then(|| serde_json::from_str(source).ok())??;
        let refused = |part| {
            let grammar = TopLevelGrammar::from_json_schema(part);
            self.plain.create_parser(grammar).is_err()
        };
        Some(locate::innermost(&schema, &refused)).filter(|place| !place.is_empty())
    }
}

#[wasm_bindgen]
impl Vocabulary {
    /// `bytes` is the text of all tokens after one another, UTF-8 or a part of it, and `ends` says where each token's ends. A token
    /// without text never fits. `eos` are the tokens that end an answer.
    ///
    /// # Errors
    /// InputError for lists that do not fit each other.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: &[u8], ends: &[u32], eos: &[u32]) -> Result<Vocabulary, JsValue> {
        Self::of(bytes, ends, eos).map_err(|error| coded("InputError", &error))
    }

    /// A matcher at the beginning of an answer; `kind` and `source` as in [`grammar::parse`].
    ///
    /// # Errors
    /// InputError that says what is wrong in the source.
    pub fn matcher(&self, kind: &str, source: &str, compact: bool) -> Result<Matcher, JsValue> {
        self.begin(kind, source, compact)
            .map_err(|error| coded("InputError", &format!("{kind}: {error}")))
    }
}
