use core::ops::Range;

use burn::backend::flex::FlexTensor;

use crate::backend::AttentionSpec;
use crate::cpu::attend::{Scores, Segment, Visibility, attend};
use crate::cpu::{dims, ints};

pub(crate) fn attention(
    q: FlexTensor,
    k: FlexTensor,
    v: FlexTensor,
    valid: Option<FlexTensor>,
    spec: AttentionSpec,
) -> FlexTensor {
    let AttentionSpec {
        scale,
        softcap,
        window,
        path,
    } = spec;
    let keys = dims::<4>(&k)[2];
    let valid = valid.map(|valid| ints(&valid));
    let visible = Bidirectional {
        keys,
        valid,
        window,
    };
    attend(
        q,
        &[Segment::new(k, v)],
        Scores { scale, softcap },
        &visible,
        path,
    )
}

struct Bidirectional {
    keys: usize,
    /// `[batch, keys]`
    valid: Option<Vec<i64>>,
    window: Option<(usize, usize)>,
}

impl Visibility for Bidirectional {
    fn range(&self, _segment: usize, queries: Range<usize>) -> Range<usize> {
        let Some((left, right)) = self.window else {
            return 0..self.keys;
        };
        // Key = query is at distance 0, which only `left` allows, but one key too many costs nothing: `row` decides.
        let start = (queries.start + 1).saturating_sub(left).min(queries.start);
        let end = queries.end.saturating_add(right).min(self.keys);
        start.min(end)..end
    }

    fn is_everything(&self, _segment: usize) -> bool {
        self.valid.is_none() && self.window.is_none()
    }

    fn row(
        &self,
        batch: usize,
        query: usize,
        _segment: usize,
        keys: Range<usize>,
        out: &mut [f32],
    ) {
        for (key, out) in keys.zip(out) {
            let near = self.window.is_none_or(|(left, right)| {
                if key <= query {
                    query - key < left
                } else {
                    key - query < right
                }
            });
            let valid = self
                .valid
                .as_ref()
                .is_none_or(|valid| valid[batch * self.keys + key] != 0);
            *out = f32::from(u8::from(near && valid));
        }
    }
}
