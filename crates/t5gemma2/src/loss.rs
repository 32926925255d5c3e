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

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f32, wanted: f32) -> bool {
        (got - wanted).abs() <= 1e-6
    }

    /// Two rows of two classes, whose likelihoods of the first are 3/4 and 1/4.
    fn logits() -> Vec<f32> {
        vec![3f32.ln(), 0.0, 0.0, 3f32.ln()]
    }

    fn classes(labels: &[i32], items: Option<f32>) -> Target {
        let labels = labels.to_vec();
        Target::Classes { labels, items }
    }

    #[test]
    fn classes_are_measured_by_their_mean_or_over_so_many_items() {
        let (likely, unlikely) = ((4f32 / 3.0).ln(), 4f32.ln());
        let cases = [
            (classes(&[0, 1], None), likely),
            (classes(&[0, 0], None), (likely + unlikely) / 2.0),
            (classes(&[1, IGNORED], None), unlikely),
            (classes(&[0, 0], Some(5.0)), (likely + unlikely) / 5.0),
        ];
        for (target, wanted) in cases {
            let got = target.loss(&logits(), 2).unwrap();
            assert!(close(got, wanted), "{target:?}: {got} for {wanted}");
        }
        let nothing = classes(&[IGNORED; 2], None).loss(&logits(), 2);
        assert!(nothing.unwrap().is_nan());
    }

    #[test]
    fn numbers_and_labels_are_measured_one_by_one() {
        let numbers = Target::Numbers(vec![1.0, 4.0]);
        assert!(close(numbers.loss(&[3.0, 3.0], 1).unwrap(), 2.5));
        let labels = Target::Labels(vec![1.0, 0.0]);
        let wanted = ((4f32 / 3.0).ln() + 2f32.ln()) / 2.0;
        assert!(close(labels.loss(&[3f32.ln(), 0.0], 2).unwrap(), wanted));
        // Far out the textbook's formula would overflow.
        let far = Target::Labels(vec![0.0, 1.0]).loss(&[1e4, -1e4], 2);
        assert!(close(far.unwrap() / 1e4, 1.0));
    }

    #[test]
    fn labels_that_do_not_fit_are_refused() {
        let cases = [
            (classes(&[0], None), "labels: are 1 for 2 rows"),
            (classes(&[0, 2], None), "labels[1]: is 2, not one of 2"),
            (classes(&[-1, 0], None), "labels[0]: is -1"),
            (Target::Numbers(vec![1.0]), "labels: are 1 for 4 scores"),
            (Target::Labels(vec![1.0; 5]), "labels: are 5 for 4 scores"),
        ];
        for (target, reason) in cases {
            let error = target.loss(&logits(), 2).unwrap_err().to_string();
            assert!(error.contains(reason), "{target:?}: {error}");
        }
    }

    #[test]
    fn a_sequence_is_read_at_its_last_token_that_is_no_pad() {
        let ids = [5, 0, 6, 0, 0, 0, 0, 7, 0];
        assert_eq!(pooled_positions(&ids, 3, Some(0)), [2, 0, 1]);
        assert_eq!(pooled_positions(&ids, 3, None), [2, 2, 2]);
    }
}
