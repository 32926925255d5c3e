//! Matrices split between threads by rows, or by columns of their result.

use core::marker::PhantomData;
use core::ops::Range;

use super::pool::run;

/// Multiplications that make a piece: some ten microseconds. Far more than it costs to claim one, and little enough that a
/// thread which comes late or is held up leaves the rest to the others.
const PIECE: usize = 1 << 17;

/// Rows of `cost` multiplications each that make a piece: a multiple of `unit`.
pub(crate) fn rows_of(cost: usize, unit: usize) -> usize {
    (PIECE / cost.max(1)).max(1).next_multiple_of(unit)
}

/// Call `work(rows, out)` for ranges of the rows of `out` `[count, width]`, of `piece` rows or a multiple of that.
pub(crate) fn for_rows(
    out: &mut [f32],
    width: usize,
    piece: usize,
    work: impl Fn(Range<usize>, &mut [f32]) + Sync,
) {
    let count = out.len() / width.max(1);
    let all = Shared::new(out);
    run(count, piece, &|rows: Range<usize>| {
        // SAFETY: the ranges are apart, and so are these.
        let out = unsafe { all.part(rows.start * width..rows.end * width) };
        work(rows, out);
    });
}

/// Call `work(columns, out)` for ranges of `0..count`, of `piece` or a multiple of that; they stand for the columns from
/// `first` on of `out`, whose rows are `width` wide.
pub(crate) fn for_columns(
    out: &mut [f32],
    width: usize,
    first: usize,
    count: usize,
    piece: usize,
    work: impl Fn(Range<usize>, &mut Columns) + Sync,
) {
    assert!(
        first + count <= width,
        "columns {first} to {} of {width}",
        first + count
    );
    let all = Shared::new(out);
    run(count, piece, &|columns: Range<usize>| {
        let mut own = Columns {
            all,
            width,
            first,
            columns: columns.clone(),
        };
        work(columns, &mut own);
    });
}

/// Call `work(index, out)` for each index below `count`; it takes parts of `out` that no other index takes.
pub(crate) fn for_parts(out: &mut [f32], count: usize, work: impl Fn(usize, Shared) + Sync) {
    let all = Shared::new(out);
    run(count, 1, &|range: Range<usize>| {
        range.for_each(|index| work(index, all))
    });
}

/// A slice that several threads write to, each to a part of its own.
#[derive(Clone, Copy)]
pub(crate) struct Shared<'a> {
    start: *mut f32,
    length: usize,
    of: PhantomData<&'a mut [f32]>,
}

// SAFETY: it is a mutable slice, of which `part` hands out pieces on its caller's promise.
unsafe impl Send for Shared<'_> {}
// SAFETY: likewise.
unsafe impl Sync for Shared<'_> {}

impl<'a> Shared<'a> {
    fn new(all: &'a mut [f32]) -> Self {
        Self {
            start: all.as_mut_ptr(),
            length: all.len(),
            of: PhantomData,
        }
    }

    /// # Safety
    /// No two parts that live at once overlap.
    pub(crate) unsafe fn part(self, range: Range<usize>) -> &'a mut [f32] {
        assert!(range.start <= range.end && range.end <= self.length);
        // SAFETY: the range lies within the slice, and the caller keeps parts apart.
        unsafe { core::slice::from_raw_parts_mut(self.start.add(range.start), range.len()) }
    }
}

/// Some columns of every row of a matrix: one thread's.
pub(crate) struct Columns<'a> {
    all: Shared<'a>,
    width: usize,
    first: usize,
    columns: Range<usize>,
}

impl<'a> Columns<'a> {
    /// All columns of a matrix with rows of `width`.
    pub(crate) fn all(out: &'a mut [f32], width: usize) -> Self {
        Self {
            all: Shared::new(out),
            width,
            first: 0,
            columns: 0..width,
        }
    }

    /// Set some columns of a row, which count as in the range that came along.
    #[inline(always)]
    pub(crate) fn set<const R: usize>(
        &mut self,
        row: usize,
        columns: [usize; R],
        values: [f32; R],
    ) {
        for (column, value) in columns.into_iter().zip(values) {
            self.row(row, column, 1)[0] = value;
        }
    }

    /// `count` columns of a row from `column` on, which count as in the range that came along.
    #[inline(always)]
    pub(crate) fn row(&mut self, row: usize, column: usize, count: usize) -> &mut [f32] {
        assert!(column >= self.columns.start && column + count <= self.columns.end);
        let start = row * self.width + self.first + column;
        // SAFETY: ranges of columns are apart, and `self` is borrowed as long as the part lives.
        unsafe { self.all.part(start..start + count) }
    }
}
