use super::noise::{Noise, floats, integers};
use super::{Case, FUNCTION, Side};
use crate::heads::{HeadDims, Rope, heads_into, kv_heads, qkv_heads, reference};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    // batch, len, query heads, key heads, head_dim, first position
    for (batch, len, query_heads, kv_heads_, head_dim, first) in [
        (1, 1, 1, 1, 2, 0),
        (2, 3, 4, 1, 16, 0),
        (1, 5, 4, 2, 30, 1000),
        (2, 1, 3, 3, 256, 500),
        (1, 40, 2, 1, 132, 30_000),
        (1, 2, 2, 2, 64, 130_000),
    ] {
        let dims = HeadDims {
            query_heads,
            kv_heads: kv_heads_,
            head_dim,
        };
        let label = format!(
            "batch {batch}, {len} tokens from {first}, {query_heads} over {kv_heads_} heads of {head_dim}"
        );
        cases.push(Case::new(
            "qkv_heads",
            label.clone(),
            FUNCTION,
            move |device, side| {
                let mut noise = Noise::new(9);
                let qkv = noise.tensor([batch * len, dims.qkv_cols()], 2.0, device);
                let (q_norm, k_norm) = (
                    noise.tensor([head_dim], 1.0, device),
                    noise.tensor([head_dim], 1.0, device),
                );
                let positions = (0..batch * len)
                    .map(|row| first + (row % len) as i32)
                    .collect();
                let positions = integers(positions, [batch, len], device);
                let half = head_dim / 2;
                let inv_freq = (0..half)
                    .map(|i| 10_000_f32.powf(-(i as f32) / half as f32))
                    .collect();
                let rope = Rope {
                    inv_freq: floats(inv_freq, [half], device),
                    scaling: 1.25,
                };
                let (q, k, v) = match side {
                    Side::Fused => qkv_heads(qkv, q_norm, k_norm, positions, &rope, 1e-6, dims),
                    Side::Reference => {
                        reference::qkv_heads(qkv, q_norm, k_norm, positions, &rope, 1e-6, dims)
                    }
                };
                vec![q.into(), k.into(), v.into()]
            },
        ));
        cases.push(Case::new(
            "heads_into",
            label.clone(),
            FUNCTION,
            move |device, side| {
                let mut noise = Noise::new(20);
                let qkv = noise.tensor([batch * len, dims.qkv_cols()], 2.0, device);
                let norms = noise.tensor([2, head_dim], 1.0, device);
                let positions = (0..batch * len).map(|row| first + (row % len) as i32);
                let positions = integers(positions.collect(), [batch, len], device);
                let rope = Rope {
                    inv_freq: noise.tensor([head_dim / 2], 1.0, device).abs(),
                    scaling: 0.5,
                };
                // The ring wraps, and is too short for the most tokens.
                let mut ring = || noise.tensor([batch, kv_heads_, 7, head_dim], 1.0, device);
                let rings = (ring(), ring());
                let total = integers(vec![12 + len as i32], [1], device);
                let (q, (k, v)) = match side {
                    Side::Fused => {
                        heads_into(qkv, norms, positions, &rope, rings, total, 1e-6, dims)
                    }
                    Side::Reference => reference::heads_into(
                        qkv, norms, positions, &rope, rings, total, 1e-6, dims,
                    ),
                };
                vec![q.into(), k.into(), v.into()]
            },
        ));
        cases.push(Case::new(
            "kv_heads",
            label,
            FUNCTION,
            move |device, side| {
                let mut noise = Noise::new(10);
                let kv = noise.tensor([batch * len, dims.kv_cols()], 2.0, device);
                let k_norm = noise.tensor([head_dim], 1.0, device);
                let (k, v) = match side {
                    Side::Fused => kv_heads(kv, k_norm, batch, 1e-6, dims),
                    Side::Reference => reference::kv_heads(kv, k_norm, batch, 1e-6, dims),
                };
                vec![k.into(), v.into()]
            },
        ));
    }
    cases
}
