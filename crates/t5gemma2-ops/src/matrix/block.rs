//! Quantisation of one block.

use half::f16;

use super::convert::{SourceType, widen};
use super::{BLOCK, MatrixError, Storage};
use crate::cpu::block;
use crate::round::largest_magnitude;

/// Quantise whole blocks from `first` on into a row and its scales.
///
/// Apart from what is around it, so that an engine that compiles while it runs has this loop soon.
///
/// # Errors
/// [`MatrixError::Unfit`] for what is not finite or overflows the scale.
#[inline(never)]
pub(super) fn quantise(
    elements: &[u8],
    source: SourceType,
    storage: Storage,
    first: usize,
    row: &mut [u8],
    scales: &mut [u16],
) -> Result<(), MatrixError> {
    let mut values = [0.0; BLOCK];
    for (number, block) in (first..).zip(elements.chunks_exact(BLOCK * source.size())) {
        widen(block, source, &mut values);
        store(&values, storage, number, row, scales)?;
    }
    Ok(())
}

/// Quantise a block into its row and its scale.
///
/// # Errors
/// As [`quantise`].
#[inline(always)]
pub(super) fn store(
    values: &[f32; BLOCK],
    storage: Storage,
    number: usize,
    row: &mut [u8],
    scales: &mut [u16],
) -> Result<(), MatrixError> {
    let scale = match storage {
        Storage::Q8 => q8(values, &mut row.as_chunks_mut().0[number])?,
        _ => q4(values, &mut row.as_chunks_mut().0[number])?,
    };
    scales[number] = scale.to_bits();
    Ok(())
}

/// `[-127, 127] · scale` with the largest magnitude at 127; the scale.
///
/// # Errors
/// [`MatrixError::Unfit`] for what is not finite or overflows the scale.
#[inline(always)]
fn q8(values: &[f32; BLOCK], bytes: &mut [u8; BLOCK]) -> Result<f16, MatrixError> {
    let (scale, inverse) = scale(largest(values)? / 127.0)?;
    block::bytes(values, inverse, bytes);
    Ok(scale)
}

/// `[-8, 7] · scale` with the value of largest magnitude at -8, so that the scale takes the opposite of its sign;
/// the scale.
///
/// # Errors
/// [`MatrixError::Unfit`] for what is not finite or overflows the scale.
#[inline(always)]
fn q4(values: &[f32; BLOCK], bytes: &mut [u8; BLOCK / 2]) -> Result<f16, MatrixError> {
    let largest = largest(values)?;
    let (scale, inverse) = scale(extreme(values, largest) / -8.0)?;
    block::nibbles(values, inverse, bytes);
    Ok(scale)
}

/// The first value of this magnitude.
#[inline(always)]
fn extreme(values: &[f32; BLOCK], largest: f32) -> f32 {
    match (block::has(values, largest), block::has(values, -largest)) {
        (true, false) => largest,
        (false, true) => -largest,
        _ => {
            let first = values.iter().find(|x| x.abs() == largest);
            *first.unwrap_or(&largest)
        }
    }
}

/// The largest magnitude.
#[inline(always)]
fn largest(values: &[f32; BLOCK]) -> Result<f32, MatrixError> {
    let largest = largest_magnitude(values);
    if largest.is_finite() {
        return Ok(largest);
    }
    let odd = values.iter().find(|x| !x.is_finite());
    Err(unfit(*odd.unwrap_or(&largest)))
}

/// The scale as it is stored, and its inverse (0 for a block of zeros).
#[inline(always)]
fn scale(exact: f32) -> Result<(f16, f32), MatrixError> {
    let scale = half(exact);
    if !scale.is_finite() {
        return Err(unfit(exact));
    }
    let wide = scale.to_f32();
    Ok((scale, if wide == 0.0 { 0.0 } else { 1.0 / wide }))
}

/// The nearest half; the usual ones without the steps that others need.
#[inline(always)]
fn half(exact: f32) -> f16 {
    /// From the exponent of an f32 to that of a half.
    const BIAS: u32 = 112 << 10;
    let bits = exact.to_bits();
    let magnitude = bits & 0x7fff_ffff;
    // Those with 10 bits of mantissa, below the largest.
    if !(0x3880_0000..0x477f_0000).contains(&magnitude) {
        return f16::from_f32(exact);
    }
    let even = magnitude >> 13 & 1;
    let rounded = (magnitude + 0xfff + even) >> 13;
    f16::from_bits((bits >> 16 & 0x8000 | (rounded - BIAS)) as u16)
}

fn unfit(value: f32) -> MatrixError {
    MatrixError::Unfit {
        value: value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_the_nearest() {
        for bits in (0..=u32::MAX).step_by(997) {
            let exact = f32::from_bits(bits);
            let [own, expected] = [half(exact), f16::from_f32(exact)];
            assert!(
                own.to_bits() == expected.to_bits() || exact.is_nan(),
                "{exact}"
            );
        }
    }
}
