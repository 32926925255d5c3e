//! What an answer has to fit.

use llguidance::api::TopLevelGrammar;
use serde_json::{Value, json};

/// What may stand between the parts of JSON: nothing, a space, or a line break with some indentation. All of it bounded, since
/// a model that likes spaces would never come to an end.
const WHITESPACE: &str = r"\x20|\n\x20{0,32}";

/// A schema's own wishes under `x-guidance` go before `compact`.
fn json_schema(source: &str, compact: bool) -> Result<TopLevelGrammar, String> {
    let mut schema: Value = serde_json::from_str(source).map_err(|error| error.to_string())?;
    if let Some(fields) = schema.as_object_mut() {
        let own = if compact {
            json!({ "whitespace_flexible": false })
        } else {
            json!({ "whitespace_pattern": WHITESPACE })
        };
        fields.entry("x-guidance").or_insert(own);
    }
    Ok(TopLevelGrammar::from_json_schema(schema))
}

fn regex(source: &str) -> Result<TopLevelGrammar, String> {
    // Parsed here for an error that shows the place; llguidance would show its own grammar.
    regex_syntax::Parser::new()
        .parse(source)
        .map_err(|error| error.to_string())?;
    Ok(TopLevelGrammar::from_regex(source))
}

/// What the library says of a regular expression, without the grammar that it made of it.
pub fn told(error: &str) -> String {
    if error.contains("lookarounds not supported") {
        return "^ and $ can only stand at its beginning and end".into();
    }
    let line = error.lines().next().unwrap_or_default();
    let reason = line.split_once("(in regex): ").map(|(_, reason)| reason);
    reason.unwrap_or(line).to_owned()
}

fn choices(source: &str) -> Result<TopLevelGrammar, String> {
    let choices: Vec<String> = serde_json::from_str(source).map_err(|error| error.to_string())?;
    let escaped: Vec<String> = choices
        .iter()
        .map(|choice| regex_syntax::escape(choice))
        .collect();
    Ok(TopLevelGrammar::from_regex(&escaped.join("|")))
}

/// The grammar of one kind: "jsonSchema" and "choices" are JSON, "regex" is in the syntax of Rust's regex crate.
pub fn parse(kind: &str, source: &str, compact: bool) -> Result<TopLevelGrammar, String> {
    match kind {
        "jsonSchema" => json_schema(source, compact),
        "regex" => regex(source),
        "choices" => choices(source),
        _ => Err("is no kind of constraint".into()),
    }
}
