//! Rows of packed weights, widened.

use half::f16;

use crate::Storage;
use crate::matrix::BLOCK;

/// One packed row to f32; `scales` are those of the row (see [`Storage::scale_words`]).
pub(crate) fn widen(storage: Storage, words: &[u32], scales: &[u32], out: &mut [f32]) {
    match storage {
        Storage::F32 => out.copy_from_slice(bytemuck::cast_slice(words)),
        Storage::Bf16 => pairs(words, out, |word| {
            [
                f32::from_bits(word << 16),
                f32::from_bits(word & 0xffff_0000),
            ]
        }),
        Storage::F16 => pairs(words, out, |word| {
            [half(word as u16), half((word >> 16) as u16)]
        }),
        Storage::Q8 => blocks::<8>(words, scales, out, |bytes, scale, out| {
            for (out, &byte) in out.iter_mut().zip(bytes) {
                *out = f32::from(byte as i8) * scale;
            }
        }),
        Storage::Q4 => blocks::<4>(words, scales, out, |bytes, scale, out| {
            for (j, &byte) in bytes.iter().enumerate() {
                out[j] = (f32::from(byte & 15) - 8.0) * scale;
                out[j + 16] = (f32::from(byte >> 4) - 8.0) * scale;
            }
        }),
    }
}

fn half(bits: u16) -> f32 {
    f16::from_bits(bits).to_f32()
}

fn pairs(words: &[u32], out: &mut [f32], widen: impl Fn(u32) -> [f32; 2]) {
    let (pairs, last) = out.as_chunks_mut::<2>();
    for (&word, pair) in words.iter().zip(pairs) {
        *pair = widen(word);
    }
    if let ([last], Some(&word)) = (last, words.last()) {
        [*last, _] = widen(word);
    }
}

fn blocks<const WORDS: usize>(
    words: &[u32],
    scales: &[u32],
    out: &mut [f32],
    widen: impl Fn(&[u8], f32, &mut [f32; BLOCK]),
) {
    let scales: &[u16] = bytemuck::cast_slice(scales);
    let (words, _) = words.as_chunks::<WORDS>();
    for ((words, &scale), out) in words.iter().zip(scales).zip(out.chunks_mut(BLOCK)) {
        let mut block = [0.0; BLOCK];
        widen(bytemuck::cast_slice(words), half(scale), &mut block);
        let size = out.len();
        out.copy_from_slice(&block[..size]);
    }
}
