//! Some queries, and what they see.

use core::ops::Range;

use super::{Side, Visibility};

/// A block of queries of one batch row.
pub(super) struct Block {
    pub batch: usize,
    pub queries: Range<usize>,
    /// Keys of each segment that the block looks at.
    pub ranges: Vec<Range<usize>>,
    /// Sum of their lengths.
    pub width: usize,
    /// `[queries, width]` of 1 and 0; absent when all is visible.
    mask: Option<Vec<f32>>,
}

impl Block {
    pub fn new(
        batch: usize,
        queries: Range<usize>,
        sides: &[Side],
        visible: &impl Visibility,
    ) -> Self {
        let ranges: Vec<_> = (0..sides.len())
            .map(|segment| visible.range(segment, queries.clone()))
            .collect();
        let width: usize = ranges.iter().map(ExactSizeIterator::len).sum();
        let everything = (0..sides.len()).all(|segment| visible.is_everything(segment));
        let mask = (!everything).then(|| {
            let mut mask = vec![0.0; queries.len() * width];
            for (query, row) in queries.clone().zip(mask.chunks_exact_mut(width.max(1))) {
                let mut rest = row;
                for (segment, keys) in ranges.iter().enumerate() {
                    let (part, later) = rest.split_at_mut(keys.len());
                    visible.row(batch, query, segment, keys.clone(), part);
                    rest = later;
                }
            }
            mask
        });
        Self {
            batch,
            queries,
            ranges,
            width,
            mask,
        }
    }

    /// What a query of the block sees.
    pub fn mask_row(&self, query: usize) -> Option<&[f32]> {
        self.mask
            .as_ref()
            .map(|mask| &mask[query * self.width..][..self.width])
    }

    /// Each side with the keys that the block looks at, and the column of the weights where they begin.
    pub fn sides<'a>(
        &'a self,
        sides: &'a [Side<'a>],
    ) -> impl Iterator<Item = (&'a Side<'a>, Range<usize>, usize)> {
        let mut column = 0;
        sides.iter().zip(&self.ranges).map(move |(side, keys)| {
            let first = column;
            column += keys.len();
            (side, keys.clone(), first)
        })
    }
}
