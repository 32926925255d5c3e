//! Checks of what a caller passes, before any memory is taken for it.

use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::error::{Error, Result};

/// Token ids of a batch: row-major [batch, length], every id within the vocabulary.
pub(crate) fn check_ids(
    argument: &str,
    ids: &[i32],
    batch: usize,
    length: usize,
    vocab: usize,
) -> Result<()> {
    if batch == 0 || length == 0 {
        return Err(Error::input(
            argument,
            "must hold at least one row of at least one token",
        ));
    }
    check_size(argument, ids.len(), batch, length)?;
    match ids.iter().position(|&id| id < 0 || id as usize >= vocab) {
        None => Ok(()),
        Some(at) => {
            let reason = format!("is {}, outside of the vocabulary of {vocab}", ids[at]);
            Err(Error::input(
                format!("{argument}[{}][{}]", at / length, at % length),
                reason,
            ))
        }
    }
}

/// Where a side's tokens come from: ids [batch, length], or their embeddings [batch, length, hidden].
pub(crate) fn check_source(
    ids: &[i32],
    embeds: Option<&[f32]>,
    names: [&str; 2],
    shape: [usize; 3],
    vocab: usize,
) -> Result<()> {
    let [batch, length, hidden] = shape;
    let Some(embeds) = embeds else {
        return check_ids(names[0], ids, batch, length, vocab);
    };
    if !ids.is_empty() {
        return Err(Error::input(
            names[1],
            format!("came with {}: give exactly one of them", names[0]),
        ));
    }
    if embeds.is_empty() {
        return Err(Error::input(
            names[1],
            "must hold at least one row of at least one token",
        ));
    }
    check_size(names[1], embeds.len(), batch, length.saturating_mul(hidden))
}

/// A mask of 0 and 1, row-major [batch, length]; `None` where it masks nothing.
pub(crate) fn check_mask(
    argument: &str,
    mask: Option<Vec<i32>>,
    batch: usize,
    length: usize,
) -> Result<Option<Vec<i32>>> {
    let Some(mask) = mask else { return Ok(None) };
    check_size(argument, mask.len(), batch, length)?;
    if let Some(at) = mask.iter().position(|&value| value != 0 && value != 1) {
        let place = format!("{argument}[{}][{}]", at / length, at % length);
        return Err(Error::input(
            place,
            format!("is {}; a mask holds 0 and 1", mask[at]),
        ));
    }
    Ok(mask.contains(&0).then_some(mask))
}

/// The decoder's mask over `total` tokens a row; as in the oracle, of a shorter one the rest counts as padding.
pub(crate) fn check_decoder_mask(
    mask: Option<Vec<i32>>,
    batch: usize,
    total: usize,
) -> Result<Option<Vec<i32>>> {
    let Some(mask) = mask else { return Ok(None) };
    let given = mask.len() / batch;
    if given == 0 || given >= total || mask.len() % batch != 0 {
        return check_mask("decoderAttentionMask", Some(mask), batch, total);
    }
    let mask =
        check_mask("decoderAttentionMask", Some(mask.clone()), batch, given)?.unwrap_or(mask);
    let whole = mask.chunks(given).flat_map(|row| {
        row.iter()
            .copied()
            .chain(std::iter::repeat_n(0, total - given))
    });
    Ok(Some(whole.collect()))
}

/// Positions, row-major [batch, length] or one row for all, or 0, 1, 2 ... after `past` tokens.
pub(crate) fn positions(
    argument: &str,
    given: Option<Vec<i32>>,
    batch: usize,
    length: usize,
    past: usize,
    device: &Device,
) -> Result<Tensor<2, Int>> {
    let row = match given {
        None => (past..past + length).map(|i| i as i32).collect(),
        Some(row) if row.len() == length && batch > 1 => row,
        Some(rows) => {
            check_size(argument, rows.len(), batch, length)?;
            return Ok(Tensor::from_data(
                TensorData::new(rows, [batch, length]),
                device,
            ));
        }
    };
    Ok(Tensor::from_data(
        TensorData::new(row.repeat(batch), [batch, length]),
        device,
    ))
}

fn check_size(argument: &str, len: usize, batch: usize, length: usize) -> Result<()> {
    match batch.checked_mul(length) {
        Some(wanted) if wanted == len => Ok(()),
        _ => Err(Error::input(
            argument,
            format!("has {len} values for a shape of [{batch}, {length}]"),
        )),
    }
}

/// Decoder inputs for labels [batch, length]: shifted to the right, `start` first, -100 replaced by `pad`.
pub fn shift_right(labels: &[i32], length: usize, start: i32, pad: i32) -> Vec<i32> {
    let shift = |row: &[i32]| -> Vec<i32> {
        let before = row[..row.len() - 1]
            .iter()
            .map(|&label| if label == -100 { pad } else { label });
        std::iter::once(start).chain(before).collect()
    };
    labels.chunks(length.max(1)).flat_map(shift).collect()
}
