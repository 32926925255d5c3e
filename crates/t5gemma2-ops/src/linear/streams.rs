//! The order in which dot products read rows of weights.

use core::array::from_fn;
use core::ops::Range;

/// Rows read at once.
pub(super) const STREAMS: usize = 4;

/// Every row of the range, a few at once that share each load of `x`: one of each quarter; the last row may come again.
///
/// Measured: processors fetch memory ahead best in a few streams, each in pages of its own. Neighbouring rows side by side
/// reach half of that rate.
pub(super) fn streams(rows: Range<usize>) -> impl Iterator<Item = [usize; STREAMS]> {
    let quarter = rows.len().div_ceil(STREAMS);
    (0..quarter)
        .map(move |row| from_fn(|stream| (rows.start + stream * quarter + row).min(rows.end - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_comes() {
        for end in 3..20 {
            let mut rows: Vec<usize> = streams(3..end).flatten().collect();
            rows.sort_unstable();
            rows.dedup();
            assert_eq!(rows, Vec::from_iter(3..end));
        }
    }
}
