use core::ops::Range;

use burn::backend::flex::FlexTensor;

use crate::backend::MergedSpec;
use crate::cpu::attend::{Scores, Segment, Visibility, attend};
use crate::cpu::{dims, ints};

/// Keys, values and validity of one side.
pub(crate) type Side = (FlexTensor, FlexTensor, Option<FlexTensor>);

pub(crate) fn merged_attention(
    q: FlexTensor,
    own: Side,
    encoder: Side,
    total: &FlexTensor,
    spec: MergedSpec,
) -> FlexTensor {
    let MergedSpec {
        scale,
        softcap,
        window,
        path,
    } = spec;
    let shared_by = dims::<4>(&q)[0] / dims::<4>(&encoder.0)[0];
    let visible = Merged {
        shared_by,
        lengths: [dims::<4>(&own.0)[2], dims::<4>(&encoder.0)[2]],
        valid: [
            own.2.map(|valid| ints(&valid)),
            encoder.2.map(|valid| ints(&valid)),
        ],
        total: ints(total)[0],
        queries: dims::<4>(&q)[2] as i64,
        window: window.map(|window| window as i64),
    };
    let segments = [
        Segment::new(own.0, own.1),
        Segment::new(encoder.0, encoder.1),
    ];
    attend(q, &segments, Scores { scale, softcap }, &visible, path)
}

/// Segment 0 is the self ring, segment 1 the encoder.
struct Merged {
    /// Batch rows to a row of the encoder's.
    shared_by: usize,
    lengths: [usize; 2],
    /// `[batch, length]`
    valid: [Option<Vec<i64>>; 2],
    total: i64,
    queries: i64,
    window: Option<i64>,
}

impl Visibility for Merged {
    fn range(&self, segment: usize, _queries: Range<usize>) -> Range<usize> {
        match segment {
            // Slots that were never written lie behind the total.
            0 => 0..self.lengths[0].min(usize::try_from(self.total).unwrap_or(0)),
            _ => 0..self.lengths[1],
        }
    }

    fn is_everything(&self, segment: usize) -> bool {
        segment == 1 && self.valid[1].is_none()
    }

    fn row(&self, batch: usize, query: usize, segment: usize, keys: Range<usize>, out: &mut [f32]) {
        let length = self.lengths[segment];
        let valid = self.valid[segment].as_ref();
        let batch = if segment == 1 {
            batch / self.shared_by
        } else {
            batch
        };
        let query = self.total - self.queries + query as i64;
        for (key, out) in keys.zip(out) {
            let seen = segment == 1 || {
                let last = self.total - 1;
                let held = last - (last - key as i64).rem_euclid(length as i64);
                held >= 0 && held <= query && self.window.is_none_or(|window| query - held < window)
            };
            let valid = valid.is_none_or(|valid| valid[batch * length + key] != 0);
            *out = f32::from(u8::from(seen && valid));
        }
    }
}
