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

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(keep: Keep) -> Result<Option<(Vec<i32>, [usize; 2])>> {
        Ok(keep.of(2, 3)?.map(|Kept { tokens, shape }| (tokens, shape)))
    }

    #[test]
    fn tokens_are_counted_row_by_row() {
        let cases = [
            (Keep::All, None),
            (Keep::Last(3), None),
            (Keep::Last(9), None),
            (Keep::Last(1), Some((vec![2, 5], [2, 1]))),
            (Keep::Last(2), Some((vec![1, 2, 4, 5], [2, 2]))),
            (Keep::At(vec![0, -1]), Some((vec![0, 2, 3, 5], [2, 2]))),
            (
                Keep::At(vec![-3, 1, 1]),
                Some((vec![0, 1, 1, 3, 4, 4], [2, 3])),
            ),
            (Keep::Each(vec![2, -2]), Some((vec![2, 4], [2, 1]))),
            (
                Keep::Where(vec![false, true, false, true, false, true]),
                Some((vec![1, 3, 5], [1, 3])),
            ),
        ];
        for (keep, wanted) in cases {
            assert_eq!(kept(keep.clone()).unwrap(), wanted, "{keep:?}");
        }
    }

    #[test]
    fn tokens_that_are_not_there_are_refused() {
        let cases = [
            (Keep::Last(0), "has 0 tokens"),
            (Keep::At(vec![]), "has 0 tokens"),
            (Keep::At(vec![3]), "has 3 for 3 tokens"),
            (Keep::At(vec![-4]), "has -4 for 3 tokens"),
            (Keep::At(vec![i32::MIN]), "for 3 tokens"),
            (Keep::Each(vec![0, 1, 2]), "has 3 tokens for 2 rows"),
            (Keep::Where(vec![true; 5]), "has 5 marks"),
            (Keep::Where(vec![false; 6]), "at least one"),
        ];
        for (keep, reason) in cases {
            let error = kept(keep.clone()).unwrap_err().to_string();
            assert!(error.starts_with("logitsToKeep: "), "{error}");
            assert!(error.contains(reason), "{keep:?}: {error}");
        }
    }
}
