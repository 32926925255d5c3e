//! Quantised weights on the CPU, as they are stored.

use super::fixed::widen_halves;
use crate::Storage;

/// Rows of words and rows of scales.
pub(super) struct Blocks<'a> {
    pub storage: Storage,
    pub words: &'a [u32],
    pub scales: &'a [u32],
    pub row_words: usize,
    pub scale_words: usize,
}

impl Blocks<'_> {
    pub fn row(&self, row: usize) -> &[u32] {
        &self.words[row * self.row_words..][..self.row_words]
    }

    /// The blocks of a row, `W` each.
    #[inline(always)]
    pub fn row_blocks<W: bytemuck::AnyBitPattern>(&self, row: usize) -> &[W] {
        bytemuck::cast_slice(self.row(row))
    }

    /// The scales of a row, halves; where their number is odd, one more.
    #[inline(always)]
    pub fn row_scales(&self, row: usize) -> &[u16] {
        bytemuck::cast_slice(&self.scales[row * self.scale_words..][..self.scale_words])
    }

    /// The scales of a row, one for each of `out`.
    pub fn widen_scales(&self, row: usize, out: &mut [f32]) {
        widen_halves(self.row_scales(row), out);
    }
}
