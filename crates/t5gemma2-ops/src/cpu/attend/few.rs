//! Few queries: dot products and scaled sums over keys and values where they lie, each read once for all heads of a
//! group. Threads share the keys of the scores, then the columns of the values.

use super::block::Block;
use super::softmax::softmax;
use super::{Queries, Scores, Side};
use crate::cpu::lanes;
use crate::cpu::threads::{for_columns, for_rows, rows_of};

/// Columns of the values that a thread takes at least: whole cache lines.
const COLUMNS: usize = 64;

/// Multiplications that an exponential and a tanh are worth.
const SOFTMAX_COST: usize = 32;

pub(super) fn few(q: &Queries, block: &Block, sides: &[Side], scores: Scores, out: &mut [f32]) {
    let Some(kv_heads) = sides.first().map(|side| side.kv_heads) else {
        return;
    };
    for kv_head in 0..kv_heads {
        few_of_head(q, block, sides, scores, kv_head, out);
    }
}

fn few_of_head(
    q: &Queries,
    block: &Block,
    sides: &[Side],
    scores: Scores,
    kv_head: usize,
    out: &mut [f32],
) {
    let (width, batch) = (block.width, block.batch);
    if width == 0 {
        return;
    }
    let group = q.heads / sides[0].kv_heads;
    let rows: Vec<(usize, usize)> = (kv_head * group..(kv_head + 1) * group)
        .flat_map(|head| block.queries.clone().map(move |query| (head, query)))
        .collect();
    let mut weights = vec![0.0; rows.len() * width];
    let piece = rows_of(rows.len() * q.d, 4);
    for (side, keys, column) in block.sides(sides) {
        let [k, _] = side.head(batch, kv_head);
        let row = |key: usize| &k[(keys.start + key) * q.d..][..q.d];
        for_columns(
            &mut weights,
            width,
            column,
            keys.len(),
            piece,
            |keys, out| {
                for_quads(keys, |first, size| {
                    for (index, &(head, query)) in rows.iter().enumerate() {
                        let (query, _) = q.place(batch, head, query);
                        let out = out.row(index, first, size);
                        match size {
                            4 => out.copy_from_slice(&lanes::dot::<4>(
                                query,
                                core::array::from_fn(|key| row(first + key)),
                            )),
                            _ => out.iter_mut().enumerate().for_each(|(key, out)| {
                                [*out] = lanes::dot(query, [row(first + key)])
                            }),
                        }
                    }
                });
            },
        );
    }
    for_rows(
        &mut weights,
        width,
        rows_of(width * SOFTMAX_COST, 1),
        |range, weights| {
            for (index, weights) in range.zip(weights.chunks_exact_mut(width)) {
                let mask = block.mask_row(rows[index].1 - block.queries.start);
                let factor = softmax(weights, mask, scores);
                weights.iter_mut().for_each(|weight| *weight *= factor);
            }
        },
    );
    let mut sums = vec![0.0; rows.len() * q.d];
    let piece = rows_of(rows.len() * width, COLUMNS);
    for_columns(&mut sums, q.d, 0, q.d, piece, |columns, out| {
        for (side, keys, column) in block.sides(sides) {
            let [_, v] = side.head(batch, kv_head);
            let row = |key: usize| &v[(keys.start + key) * q.d..][columns.clone()];
            for_quads(0..keys.len(), |first, size| {
                for (index, weights) in weights.chunks_exact(width).enumerate() {
                    let out = out.row(index, columns.start, columns.len());
                    match &weights[column + first..][..size] {
                        &[a, b, c, e] => lanes::add_scaled::<4>(
                            out,
                            [a, b, c, e],
                            core::array::from_fn(|key| row(first + key)),
                        ),
                        weights => weights.iter().enumerate().for_each(|(key, &weight)| {
                            lanes::add_scaled(out, [weight], [row(first + key)])
                        }),
                    }
                }
            });
        }
    });
    for (sums, &(head, query)) in sums.chunks_exact(q.d).zip(&rows) {
        let (_, place) = q.place(batch, head, query);
        out[place].copy_from_slice(sums);
    }
}

/// Fours of keys, then what is left over.
fn for_quads(keys: core::ops::Range<usize>, mut f: impl FnMut(usize, usize)) {
    for first in keys.clone().step_by(4) {
        f(first, 4.min(keys.end - first));
    }
}
