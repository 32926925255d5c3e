//! The losses of the oracle's heads, on values that have been read from the device.

use crate::error::{Error, Result};

/// Label that [`cross_entropy`] leaves out.
pub const IGNORED: i32 = -100;

/// What the outputs should have been, and how far off they are is measured.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// A class a row: [`cross_entropy`], or with `items` its sum over so many in place of the mean.
    Classes {
        /// [n]
        labels: Vec<i32>,
        /// Divides the sum in place of the number of labelled rows.
        items: Option<f32>,
    },
    /// Numbers: [`mean_squared_error`].
    Numbers(Vec<f32>),
    /// 0 or 1 of each label: [`binary_cross_entropy`].
    Labels(Vec<f32>),
}

impl Target {
    /// The loss of logits [n, width].
    ///
    /// # Errors
    /// [`Error::Input`] where the labels do not fit.
    pub fn loss(&self, logits: &[f32], width: usize) -> Result<f32> {
        match self {
            Target::Numbers(labels) => mean_squared_error(logits, labels),
            Target::Labels(labels) => binary_cross_entropy(logits, labels),
            Target::Classes { labels, items } => {
                let (sum, count) = summed_cross_entropy(logits, labels, width)?;
                Ok((sum / items.map_or(count as f64, f64::from)) as f32)
            }
        }
    }
}

/// Mean over the labelled rows of `-log softmax(logits)[label]`: logits [n, classes], labels [n]. NaN where no row counts.
///
/// # Errors
/// [`Error::Input`] for a label that is no class, or another number of labels than rows.
pub fn cross_entropy(logits: &[f32], labels: &[i32], classes: usize) -> Result<f32> {
    let (sum, count) = summed_cross_entropy(logits, labels, classes)?;
    Ok((sum / count as f64) as f32)
}

/// The sum of the same, and the number of labelled rows.
fn summed_cross_entropy(logits: &[f32], labels: &[i32], classes: usize) -> Result<(f64, usize)> {
    if classes == 0 || logits.len() != labels.len() * classes {
        let rows = logits.len() / classes.max(1);
        return Err(Error::input(
            "labels",
            format!("are {} for {rows} rows of logits", labels.len()),
        ));
    }
    let mut sum = 0.0f64;
    let mut count = 0;
    for (i, (&label, row)) in labels.iter().zip(logits.chunks(classes)).enumerate() {
        if label == IGNORED {
            continue;
        }
        let chosen = usize::try_from(label).ok().and_then(|label| row.get(label));
        let chosen = *chosen.ok_or_else(|| {
            Error::input(
                format!("labels[{i}]"),
                format!("is {label}, not one of {classes} classes"),
            )
        })?;
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exponentials: f64 = row.iter().map(|&x| ((x - largest) as f64).exp()).sum();
        sum += exponentials.ln() + (largest - chosen) as f64;
        count += 1;
    }
    Ok((sum, count))
}

/// Mean of `(score - label)²`: scores and labels [n].
///
/// # Errors
/// [`Error::Input`] for another number of labels than scores.
pub fn mean_squared_error(scores: &[f32], labels: &[f32]) -> Result<f32> {
    check_equal(scores, labels)?;
    let sum: f64 = scores
        .iter()
        .zip(labels)
        .map(|(&x, &y)| ((x - y) as f64).powi(2))
        .sum();
    Ok((sum / scores.len() as f64) as f32)
}

/// Mean of `max(x, 0) - x y + ln(1 + exp(-|x|))`, the binary cross entropy with logits: logits and labels [n, labels].
///
/// # Errors
/// [`Error::Input`] for another number of labels than logits.
pub fn binary_cross_entropy(logits: &[f32], labels: &[f32]) -> Result<f32> {
    check_equal(logits, labels)?;
    let term =
        |(&x, &y): (&f32, &f32)| (x.max(0.0) - x * y) as f64 + (-x.abs() as f64).exp().ln_1p();
    Ok((logits.iter().zip(labels).map(term).sum::<f64>() / logits.len() as f64) as f32)
}

fn check_equal(scores: &[f32], labels: &[f32]) -> Result<()> {
    if scores.len() == labels.len() {
        return Ok(());
    }
    Err(Error::input(
        "labels",
        format!("are {} for {} scores", labels.len(), scores.len()),
    ))
}

/// Where the oracle reads a sequence's score: the last position of each row of decoder ids [batch, length] that is not
/// `pad`, the first one in a row of nothing else.
pub fn pooled_positions(ids: &[i32], length: usize, pad: Option<i32>) -> Vec<usize> {
    ids.chunks(length.max(1))
        .map(|row| row.iter().rposition(|&id| Some(id) != pad).unwrap_or(0))
        .collect()
}
