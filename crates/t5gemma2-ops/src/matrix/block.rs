//! Quantisation of one block.

use half::f16;

use super::{BLOCK, MatrixError};
use crate::cpu::rounded;
use crate::round::largest_magnitude;

/// One block's bytes (as many as the storage has) and its scale.
pub(super) struct Quantised<const BYTES: usize> {
    pub bytes: [u8; BYTES],
    pub scale: f16,
}

/// `[-127, 127] · scale` with the largest magnitude at 127.
///
/// # Errors
/// [`MatrixError::Unfit`] for what is not finite or overflows the scale.
pub(super) fn q8(values: &[f32; BLOCK]) -> Result<Quantised<32>, MatrixError> {
    let (scale, inverse) = scale(largest(values)? / 127.0)?;
    Ok(Quantised {
        bytes: rounded::bytes(values, inverse),
        scale,
    })
}

/// `[-8, 7] · scale` with the value of largest magnitude at -8, so that the scale takes the opposite of its sign.
///
/// # Errors
/// [`MatrixError::Unfit`] for what is not finite or overflows the scale.
pub(super) fn q4(values: &[f32; BLOCK]) -> Result<Quantised<16>, MatrixError> {
    let largest = largest(values)?;
    let (scale, inverse) = scale(extreme(values, largest) / -8.0)?;
    Ok(Quantised {
        bytes: rounded::nibbles(values, inverse),
        scale,
    })
}

/// The first value of this magnitude.
#[inline(always)]
fn extreme(values: &[f32; BLOCK], largest: f32) -> f32 {
    // Four at a time, as a compiler makes vectors of it.
    let any = |wanted: f32| {
        let mut found = [0; 4];
        for quad in values.as_chunks::<4>().0 {
            found = core::array::from_fn(|at| found[at] | u32::from(quad[at] == wanted));
        }
        found != [0; 4]
    };
    match (any(largest), any(-largest)) {
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
fn scale(exact: f32) -> Result<(f16, f32), MatrixError> {
    let scale = f16::from_f32(exact);
    if !scale.is_finite() {
        return Err(unfit(exact));
    }
    let wide = scale.to_f32();
    Ok((scale, if wide == 0.0 { 0.0 } else { 1.0 / wide }))
}

fn unfit(value: f32) -> MatrixError {
    MatrixError::Unfit {
        value: value.to_string(),
    }
}
