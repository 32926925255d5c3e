//! Which tokens' logits are computed.

use crate::error::{Error, Result};

/// Tokens of a batch of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Keep {
    /// Every one.
    #[default]
    All,
    /// So many at the end of each row.
    Last(usize),
    /// These of each row, in this order; negative ones count from the end.
    At(Vec<i32>),
    /// [batch, n]: as many of each row, in this order; negative ones count from the end.
    Each(Vec<i32>),
    /// [batch, length]: those that are true. Their logits come as one row.
    Where(Vec<bool>),
}

/// States to select, and the rows and columns they make.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Indices into [batch * length].
    pub tokens: Vec<i32>,
    pub shape: [usize; 2],
}

impl Keep {
    /// What to select of states [batch * length]; `None` for all of them.
    pub(crate) fn of(self, batch: usize, length: usize) -> Result<Option<Kept>> {
        let by_row = |tokens: &[i32]| -> Result<Option<Kept>> {
            let count = tokens.len() / batch;
            if count == 0 || tokens.len() % batch != 0 {
                let reason = format!("has {} tokens for {batch} rows", tokens.len());
                return Err(Error::input("logitsToKeep", reason));
            }
            let place = |(i, &token): (usize, &i32)| {
                let inside = (-(length as i64)..length as i64).contains(&i64::from(token));
                let outside =
                    || Error::input("logitsToKeep", format!("has {token} for {length} tokens"));
                let token = inside
                    .then(|| token.rem_euclid(length as i32))
                    .ok_or_else(outside)?;
                Ok((i / count * length) as i32 + token)
            };
            let tokens = tokens
                .iter()
                .enumerate()
                .map(place)
                .collect::<Result<_>>()?;
            let shape = [batch, count];
            Ok(Some(Kept { tokens, shape }))
        };
        match self {
            Keep::All => Ok(None),
            Keep::Last(count) if count >= length => Ok(None),
            Keep::Last(count) => {
                let last: Vec<i32> = (length - count..length).map(|i| i as i32).collect();
                by_row(&last.repeat(batch))
            }
            Keep::At(tokens) => by_row(&tokens.repeat(batch)),
            Keep::Each(tokens) => by_row(&tokens),
            Keep::Where(chosen) => {
                if chosen.len() != batch * length {
                    let reason = format!(
                        "has {} marks for a shape of [{batch}, {length}]",
                        chosen.len()
                    );
                    return Err(Error::input("logitsToKeep", reason));
                }
                let tokens: Vec<i32> = (0..chosen.len())
                    .filter(|&i| chosen[i])
                    .map(|i| i as i32)
                    .collect();
                if tokens.is_empty() {
                    return Err(Error::input("logitsToKeep", "must keep at least one token"));
                }
                let shape = [1, tokens.len()];
                Ok(Some(Kept { tokens, shape }))
            }
        }
    }
}
