//! Elements of a checkpoint, as weights are stored.

use half::{bf16, f16};

use super::MatrixError;
use crate::cpu::lanes::Lanes;

/// Element type of the bytes a checkpoint hands in (little-endian).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceType {
    /// IEEE single.
    F32,
    /// IEEE half.
    F16,
    /// The upper half of a single.
    Bf16,
}

impl SourceType {
    /// Bytes of one element.
    pub const fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }
}

#[inline(always)]
pub(super) fn widen(bytes: &[u8], source: SourceType, out: &mut [f32]) {
    match source {
        SourceType::F32 => copy(bytes, out),
        SourceType::F16 => each(bytes, out, |pair| f16::from_le_bytes(pair).to_f32()),
        SourceType::Bf16 => {
            // In vectors, which the compiler does not find.
            let (pairs, _) = bytes.as_chunks::<2>();
            let (quads, rest) = pairs[..pairs.len().min(out.len())].as_chunks::<4>();
            let (whole, tail) = out.split_at_mut(quads.len() * 4);
            for (out, quad) in whole.as_chunks_mut().0.iter_mut().zip(quads) {
                Lanes::upper_halves(quad).store(out);
            }
            each(rest.as_flattened(), tail, |pair| {
                bf16::from_le_bytes(pair).to_f32()
            });
        }
    }
}

pub(super) fn narrow(bytes: &[u8], source: SourceType, out: &mut [u16]) {
    match source {
        SourceType::F32 => each(bytes, out, |quad| {
            bf16::from_f32(f32::from_le_bytes(quad)).to_bits()
        }),
        SourceType::F16 => each(bytes, out, |pair| {
            bf16::from_f32(f16::from_le_bytes(pair).to_f32()).to_bits()
        }),
        SourceType::Bf16 => copy(bytes, out),
    }
}

pub(super) fn halve(bytes: &[u8], source: SourceType, out: &mut [u16]) -> Result<(), MatrixError> {
    match source {
        SourceType::F32 => each(bytes, out, |quad| {
            f16::from_f32(f32::from_le_bytes(quad)).to_bits()
        }),
        SourceType::F16 => copy(bytes, out),
        SourceType::Bf16 => each(bytes, out, |pair| {
            f16::from_f32(bf16::from_le_bytes(pair).to_f32()).to_bits()
        }),
    }
    let out = &out[..bytes.len() / source.size()];
    let Some(at) = out.iter().position(|&x| x & 0x7c00 == 0x7c00) else {
        return Ok(());
    };
    let mut value = [0.0];
    widen(&bytes[at * source.size()..], source, &mut value);
    Err(MatrixError::Unfit {
        value: value[0].to_string(),
    })
}

/// Elements that stay as they are; both sides are little-endian.
fn copy<T: bytemuck::Pod>(bytes: &[u8], out: &mut [T]) {
    let out = bytemuck::cast_slice_mut::<T, u8>(out);
    let size = out.len().min(bytes.len());
    out[..size].copy_from_slice(&bytes[..size]);
}

fn each<const N: usize, T>(bytes: &[u8], out: &mut [T], convert: impl Fn([u8; N]) -> T) {
    let (elements, _) = bytes.as_chunks::<N>();
    for (out, &element) in out.iter_mut().zip(elements) {
        *out = convert(element);
    }
}
