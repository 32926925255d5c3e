//! Quantisation of one block.

use half::f16;

use super::{BLOCK, MatrixError};

/// One block's bytes (as many as the storage has) and its scale.
pub(super) struct Quantised<const BYTES: usize> {
    pub bytes: [u8; BYTES],
    pub scale: f16,
}

/// Added to a number of magnitude below 2²², this leaves it rounded to nearest even in the low bits.
const ROUND: f32 = 12_582_912.0;

/// `[-127, 127] · scale` with the largest magnitude at 127.
///
/// # Errors
/// [`MatrixError::Unfit`] for what is not finite or overflows the scale.
pub(super) fn q8(values: &[f32; BLOCK]) -> Result<Quantised<32>, MatrixError> {
    let largest = values.iter().fold(0.0, |max: f32, x| max.max(x.abs()));
    let (scale, inverse) = scale(largest / 127.0, values)?;
    let mut bytes = [0; 32];
    for (byte, x) in bytes.iter_mut().zip(values) {
        *byte = round(x * inverse).clamp(-127, 127) as u8;
    }
    Ok(Quantised { bytes, scale })
}

/// `[-8, 7] · scale` with the value of largest magnitude at -8, so that the scale takes the opposite of its sign.
///
/// # Errors
/// [`MatrixError::Unfit`] for what is not finite or overflows the scale.
pub(super) fn q4(values: &[f32; BLOCK]) -> Result<Quantised<16>, MatrixError> {
    let mut extreme = 0.0_f32;
    for &x in values {
        if x.abs() > extreme.abs() {
            extreme = x;
        }
    }
    let (scale, inverse) = scale(extreme / -8.0, values)?;
    let nibble = |x: f32| (round(x * inverse) + 8).clamp(0, 15) as u8;
    Ok(Quantised {
        bytes: core::array::from_fn(|j| nibble(values[j]) | nibble(values[j + 16]) << 4),
        scale,
    })
}

/// The scale as it is stored, and its inverse (0 for a block of zeros).
fn scale(exact: f32, values: &[f32; BLOCK]) -> Result<(f16, f32), MatrixError> {
    // `max` passes over NaN, a sum does not.
    let sum: f32 = values.iter().map(|x| x * 0.0).sum();
    let scale = f16::from_f32(exact);
    if sum != 0.0 || !scale.is_finite() {
        let worst = values.iter().find(|x| !x.is_finite());
        let worst = worst.copied().unwrap_or(exact);
        return Err(MatrixError::Unfit {
            value: worst.to_string(),
        });
    }
    let wide = scale.to_f32();
    Ok((scale, if wide == 0.0 { 0.0 } else { 1.0 / wide }))
}

fn round(x: f32) -> i32 {
    (x + ROUND).to_bits() as i32 - ROUND.to_bits() as i32
}
