//! Numbers as JSON has them, and the infinities that it has not.

use super::SequenceBiases;
use serde::{Deserialize, Deserializer, de::Error};

/// A number, or the text `Infinity` or `-Infinity`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Finite(f64),
    Text(String),
}

/// Reads pairs of tokens and a bias, whose infinities are spelt as JavaScript spells them.
pub(super) fn biases<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<SequenceBiases>, D::Error> {
    let pairs = Option::<Vec<(Vec<i32>, Number)>>::deserialize(from)?;
    let read = |(tokens, number)| match number {
        Number::Finite(bias) => Ok((tokens, bias)),
        Number::Text(text) if text == "Infinity" => Ok((tokens, f64::INFINITY)),
        Number::Text(text) if text == "-Infinity" => Ok((tokens, f64::NEG_INFINITY)),
        Number::Text(text) => Err(D::Error::custom(format!("\"{text}\" is not a number"))),
    };
    pairs
        .map(|pairs| pairs.into_iter().map(read).collect())
        .transpose()
}

/// One value or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(i32),
    Many(Vec<i32>),
}

/// Reads a token id or a list of them.
pub(super) fn tokens<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<i32>>, D::Error> {
    Ok(
        Option::<OneOrMany>::deserialize(from)?.map(|ids| match ids {
            OneOrMany::One(id) => vec![id],
            OneOrMany::Many(ids) => ids,
        }),
    )
}
