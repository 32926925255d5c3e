//! A block of many queries: two matrix multiplications a head, over keys and values packed once a group. Threads share the
//! blocks.

use super::block::Block;
use super::softmax::softmax;
use super::{Queries, Scores, Side};
use crate::cpu::threads::{Columns, Shared};
use crate::cpu::tiles::{Packed, multiply};

pub(super) fn many(q: &Queries, block: &Block, sides: &[Side], scores: Scores, out: Shared) {
    let (width, count, d) = (block.width, block.queries.len(), q.d);
    let Some(kv_heads) = sides.first().map(|side| side.kv_heads) else {
        return;
    };
    if width == 0 {
        return;
    }
    let mut weights = vec![0.0; count * width];
    let mut sums = vec![0.0; count * d];
    let mut factors = vec![0.0; count];
    let group = q.heads / kv_heads;
    for kv_head in 0..kv_heads {
        let packed: Vec<_> = block
            .sides(sides)
            .map(|(side, keys, column)| {
                let range = keys.start * d..keys.end * d;
                let [k, v] = side.head(block.batch, kv_head).map(|x| &x[range.clone()]);
                let size = [keys.len(), d];
                let (k, v) = (Packed::of_rows(k, size, d), Packed::of_columns(v, d));
                (k, v, column)
            })
            .collect();
        for head in kv_head * group..(kv_head + 1) * group {
            let (first, _) = q.start(block.batch, head, block.queries.start);
            let queries = Packed::of_rows(&q.data[first..], [count, d], d);
            for (k, _, column) in &packed {
                let mut weights = Columns::all(&mut weights, width);
                multiply(&queries, k, &mut weights, *column);
            }
            for (query, (weights, factor)) in weights
                .chunks_exact_mut(width)
                .zip(&mut factors)
                .enumerate()
            {
                *factor = softmax(weights, block.mask_row(query), scores);
            }
            for (k, v, column) in &packed {
                let weights = Packed::of_rows(&weights[*column..], [count, k.rows()], width);
                multiply(&weights, v, &mut Columns::all(&mut sums, d), 0);
                for (index, (sums, factor)) in sums.chunks_exact(d).zip(&factors).enumerate() {
                    let (_, place) = q.start(block.batch, head, block.queries.start + index);
                    // SAFETY: no other block, nor another pass of this loop, has this query's head.
                    let out = unsafe { out.part(place..place + d) };
                    out.iter_mut()
                        .zip(sums)
                        .for_each(|(out, sum)| *out += sum * factor);
                }
            }
        }
    }
}
