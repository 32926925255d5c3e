//! Matrix multiplication of many rows, tile by tile from packed rows.
//!
//! Both sides are packed so that a tile reads them from front to back, and needs no sum across a register (K. Goto and R.
//! van de Geijn, "Anatomy of high-performance matrix multiplication", 2008).

mod lane;
mod packed;
#[cfg(any(test, target_feature = "relaxed-simd"))]
pub(crate) mod quads;
mod transpose;

pub(crate) use self::lane::{Lane, Pair};
pub(crate) use self::packed::Packed;
pub(crate) use self::transpose::transpose;
use super::lanes::Lanes;
use super::threads::Columns;

/// Rows of the left side in a tile. With [`RIGHT`] that makes 8 registers of sums; they and what they are made of fit the
/// 16 that there are. Measured: larger tiles lose a third, and so does unrolling.
pub(crate) const LEFT: usize = 4;
/// Rows of the right side in a tile.
pub(crate) const RIGHT: usize = 8;

/// Places that are summed before the next tile's turn: so much of a panel of the right side stays in a first-level cache.
const CHUNK: usize = 256;

/// Rows of the right side that are worth packing at once.
pub(crate) const PANEL: usize = 32;

/// Where a tile lies.
pub(crate) struct Tile {
    /// First row of the left side.
    pub left: usize,
    pub left_rows: usize,
    /// First row of the right side.
    pub right: usize,
    pub right_rows: usize,
    /// Which of the chunks.
    pub chunk: usize,
}

impl Tile {
    /// Adds a row of the tile to its place in `out`, or sets it when it is the first chunk; the right side's first row is
    /// `column`.
    #[inline(always)]
    pub(crate) fn put(&self, out: &mut Columns, column: usize, row: usize, values: [Lanes; 2]) {
        let out = out.row(self.left + row, column + self.right, self.right_rows);
        let [low, high] = values;
        match <[[f32; 4]; 2]>::try_from(out.as_chunks().0) {
            _ if self.chunk == 0 => set_columns(out, [low, high]),
            Ok(before) => {
                let [first, second] = before.map(|before| Lanes::load(&before));
                set_columns(out, [first.add(low), second.add(high)]);
            }
            Err(_) => {
                let mut sums = [0.0; RIGHT];
                set_columns(&mut sums, [low, high]);
                out.iter_mut().zip(sums).for_each(|(out, sum)| *out += sum);
            }
        }
    }
}

/// Sets columns, [`RIGHT`] of them or fewer. All of them at once: a copy of another number is a call.
#[inline(always)]
pub(crate) fn set_columns(out: &mut [f32], values: [Lanes; 2]) {
    if let Ok([low, high]) = <&mut [[f32; 4]; 2]>::try_from(out.as_chunks_mut().0) {
        values[0].store(low);
        values[1].store(high);
        return;
    }
    let mut lanes = [[0.0; 4]; 2];
    for (lanes, values) in lanes.iter_mut().zip(values) {
        values.store(lanes);
    }
    let pairs = out.iter_mut().zip(lanes.as_flattened());
    pairs.for_each(|(out, value)| *out = *value);
}

/// Sums of products of every row of the left with every row of the right, over chunks of `chunk` places each.
#[inline(always)]
pub(crate) fn for_tiles<L: Lane>(
    left: &Packed<L, LEFT>,
    right: &Packed<L, RIGHT>,
    chunk: usize,
    mut f: impl FnMut(&Tile, [[L::Sums; 2]; LEFT]),
) {
    let width = left.width();
    assert_eq!(width, right.width());
    for first in (0..width).step_by(chunk) {
        let places = first..width.min(first + chunk);
        for i in 0..left.groups() {
            let x = left.lanes(i, places.clone());
            for j in 0..right.groups() {
                let tile = Tile {
                    left: i * LEFT,
                    left_rows: left.size(i),
                    right: j * RIGHT,
                    right_rows: right.size(j),
                    chunk: first / chunk,
                };
                f(&tile, sums(x, right.lanes(j, places.clone())));
            }
        }
    }
}

#[inline(always)]
fn sums<L: Lane>(left: &[[L; LEFT]], right: &[[L; RIGHT]]) -> [[L::Sums; 2]; LEFT] {
    let mut sums = [[L::zero(); 2]; LEFT];
    for (left, right) in left.iter().zip(right) {
        let (right, _) = right.as_chunks::<4>();
        for (sums, x) in sums.iter_mut().zip(left) {
            for (sums, right) in sums.iter_mut().zip(right) {
                *sums = L::add_products(*sums, *x, right);
            }
        }
    }
    sums
}

/// `out[i, column + j] = left[i] · right[j]`
pub(crate) fn multiply(
    left: &Packed<f32, LEFT>,
    right: &Packed<f32, RIGHT>,
    out: &mut Columns,
    column: usize,
) {
    if left.width() == 0 {
        return (0..left.rows()).for_each(|row| out.row(row, column, right.rows()).fill(0.0));
    }
    for_tiles(left, right, CHUNK, |tile, sums| {
        for (row, sums) in sums.into_iter().take(tile.left_rows).enumerate() {
            tile.put(out, column, row, sums);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_around_tiles_and_chunks() {
        for (m, n, k) in [
            (1, 1, 1),
            (4, 8, 3),
            (5, 9, 257),
            (7, 23, 600),
            (9, 16, 256),
        ] {
            let value = |i: usize| ((i * 7919) % 17) as f32 - 8.0;
            let a: Vec<f32> = (0..m * k).map(value).collect();
            let b: Vec<f32> = (0..n * k).map(|i| value(i + 5)).collect();
            let transposed: Vec<f32> = (0..k * n).map(|i| b[i % n * k + i / n]).collect();
            let left = Packed::of_rows(&a, [m, k], k);
            for right in [
                Packed::of_rows(&b, [n, k], k),
                Packed::of_columns(&transposed, n),
            ] {
                let mut out = vec![f32::NAN; m * (n + 2)];
                multiply(&left, &right, &mut Columns::all(&mut out, n + 2), 1);
                for (i, row) in out.chunks_exact(n + 2).enumerate() {
                    assert!(row[0].is_nan() && row[n + 1].is_nan());
                    for (j, got) in row[1..=n].iter().enumerate() {
                        let exact: f32 = (0..k).map(|l| a[i * k + l] * b[j * k + l]).sum();
                        assert_eq!(*got, exact, "{m} x {n} x {k}: {i}, {j}");
                    }
                }
            }
        }
    }

    #[test]
    fn pairs_are_summed() {
        let left = Packed::of_rows(&[[1, 2], [3, 4]], [1, 2], 2);
        let right = Packed::of_rows(&[[5, 6], [7, 8], [-1, 0], [0, 1]], [2, 2], 2);
        let mut products = [[0.0; 4]; 2];
        for_tiles(&left, &right, 2, |tile, sums| {
            assert_eq!((tile.left_rows, tile.right_rows, tile.chunk), (1, 2, 0));
            sums[0][0].floats().store(&mut products[0]);
        });
        assert_eq!(products[0][..2], [70.0, 3.0]);
    }
}
