//! Rows in the order in which tiles read them.

use core::array::from_fn;
use core::ops::Range;

use super::lane::Lane;
use super::transpose::transpose;

/// Rows in groups of `SIZE`, `[groups, width, SIZE]`; the last group is filled up.
pub(crate) struct Packed<L, const SIZE: usize> {
    lanes: Vec<[L; SIZE]>,
    rows: usize,
    width: usize,
}

impl<L: Lane, const SIZE: usize> Packed<L, SIZE> {
    /// `rows` rows of `width` zeros.
    pub(crate) fn new(rows: usize, width: usize) -> Self {
        let lanes = vec![[L::default(); SIZE]; rows.div_ceil(SIZE) * width];
        Self { lanes, rows, width }
    }

    /// Makes it `rows` rows; they hold what was there.
    pub(crate) fn resize(&mut self, rows: usize) {
        self.rows = rows;
        let lanes = self.groups() * self.width;
        self.lanes.resize(lanes, [L::default(); SIZE]);
    }

    /// The first `width` of each of `rows` rows that are `stride` apart.
    pub(crate) fn of_rows(data: &[L], [rows, width]: [usize; 2], stride: usize) -> Self {
        let mut packed = Self::new(rows, width);
        packed.set_rows(0..width, |row| &data[row * stride..][..width]);
        packed
    }

    /// The columns, as rows, of a matrix whose rows are `columns` wide.
    pub(crate) fn of_columns(data: &[L], columns: usize) -> Self {
        let width = data.len() / columns;
        let mut packed = Self::new(columns, width);
        for group in 0..packed.groups() {
            let first = group * SIZE;
            let size = packed.size(group);
            let lanes = &mut packed.lanes[group * width..][..width];
            for (lanes, row) in lanes.iter_mut().zip(data.chunks_exact(columns)) {
                lanes[..size].copy_from_slice(&row[first..][..size]);
            }
        }
        packed
    }

    /// Sets these places of every row.
    pub(crate) fn set_rows<'a>(&mut self, places: Range<usize>, row: impl Fn(usize) -> &'a [L])
    where
        L: 'a,
    {
        for group in 0..self.groups() {
            let first = group * SIZE;
            let size = self.size(group);
            let lanes = &mut self.lanes[group * self.width..][places.clone()];
            // Of a group that is not whole, its last row again: nobody reads what comes of it.
            let rows: [_; SIZE] = from_fn(|index| &row(first + index.min(size - 1))[..lanes.len()]);
            let quads = rows.map(|row| row.as_chunks::<4>().0);
            let (whole, tail) = lanes.as_chunks_mut::<4>();
            let quads = quads.map(|quads| &quads[..whole.len()]);
            let first = whole.len() * 4;
            for (at, lanes) in whole.iter_mut().enumerate() {
                for index in (0..SIZE).step_by(4) {
                    let block = transpose(from_fn(|row| &quads[index + row][at]));
                    for (lanes, block) in lanes.iter_mut().zip(block) {
                        lanes[index..index + 4].copy_from_slice(&block);
                    }
                }
            }
            for (at, lanes) in tail.iter_mut().enumerate() {
                *lanes = from_fn(|index| rows[index][first + at]);
            }
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn groups(&self) -> usize {
        self.rows.div_ceil(SIZE)
    }

    /// Rows of a group that are not filled up.
    #[inline(always)]
    pub(crate) fn size(&self, group: usize) -> usize {
        SIZE.min(self.rows - group * SIZE)
    }

    /// These places of a group's rows.
    #[inline(always)]
    pub(crate) fn lanes(&self, group: usize, places: Range<usize>) -> &[[L; SIZE]] {
        &self.lanes[group * self.width..][places]
    }

    /// The same, to be set.
    #[inline(always)]
    pub(crate) fn lanes_mut(&mut self, group: usize, places: Range<usize>) -> &mut [[L; SIZE]] {
        &mut self.lanes[group * self.width..][places]
    }
}
