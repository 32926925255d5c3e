use burn::tensor::{Device, Int, Tensor};

use super::linear::{by_integers, matrix};
use super::noise::{Noise, integers};
use super::{Case, FUNCTION, Side};
use crate::attention::{AttentionMask, attention_by};
use crate::backend::{AttentionPath, LinearPath};
use crate::merged_attention::{MergedAttention, merged_attention_by};
use crate::{Storage, attention, merged_attention, merged_linear};

/// Kernels to try with heads of `d` columns; where that is as in real models, also what the device takes by itself.
fn paths(d: usize) -> impl Iterator<Item = AttentionPath> {
    let auto = (d >= 72).then_some(AttentionPath::Auto);
    auto.into_iter().chain([
        AttentionPath::Few,
        AttentionPath::Blocks,
        AttentionPath::Rows,
    ])
}

/// How a validity mask looks.
#[derive(Debug, Clone, Copy)]
enum Valid {
    All,
    /// Some of the keys, at random; the first row of the batch sees none.
    Some,
    /// Padding on the left.
    Left,
}

impl Valid {
    fn tensor(self, batch: usize, keys: usize, device: &Device) -> Option<Tensor<2, Int>> {
        let values = match self {
            Self::All => return None,
            Self::Some => {
                let mut values = Noise::new(21).integers(batch * keys, 2);
                values[..keys].fill(0);
                values
            }
            Self::Left => (0..batch * keys)
                .map(|i| i32::from(i % keys >= keys / 3))
                .collect(),
        };
        Some(integers(values, [batch, keys], device))
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = bidirectional();
    cases.extend(merged());
    cases.extend(projected());
    cases
}

fn bidirectional() -> Vec<Case> {
    let mut cases = Vec::new();
    // batch, heads, key heads, queries, keys, d
    for shape in [
        (1, 1, 1, 1, 1, 1),
        (2, 4, 1, 5, 5, 16),
        (1, 4, 2, 17, 17, 33),
        (2, 2, 2, 70, 70, 72),
        (1, 4, 1, 3, 300, 256),
        (1, 3, 1, 20, 130, 20),
        (1, 2, 1, 9, 9, 300),
    ] {
        for (valid, window, softcap, scale) in [
            (Valid::All, None, None, 0.3),
            (Valid::Some, None, None, 0.3),
            (Valid::Left, Some((4, 5)), None, 0.3),
            (Valid::All, Some((1, 1)), Some(2.0), 1.0),
            (Valid::Left, Some((3, 2)), Some(30.0), 40.0),
        ] {
            for path in paths(shape.5) {
                let label = format!(
                    "{shape:?} {path:?}, valid {valid:?}, window {window:?}, cap {softcap:?}, scale {scale}"
                );
                cases.push(Case::new(
                    "attention",
                    label,
                    FUNCTION * f32::max(1.0, scale),
                    move |device, side| {
                        let (batch, heads, kv_heads, len, keys, d) = shape;
                        let mut noise = Noise::new(11);
                        let q = noise.tensor([batch, heads, len, d], 1.0, device);
                        let k = noise.tensor([batch, kv_heads, keys, d], 1.0, device);
                        let v = noise.tensor([batch, kv_heads, keys, d], 1.0, device);
                        let mask = AttentionMask {
                            valid: valid.tensor(batch, keys, device),
                            window,
                        };
                        vec![match side {
                            Side::Fused => {
                                attention_by(q, k, v, &mask, scale, softcap, path).into()
                            }
                            Side::Reference => {
                                attention::reference::attention(q, k, v, &mask, scale, softcap)
                                    .into()
                            }
                        }]
                    },
                ));
            }
        }
    }
    cases
}

fn merged() -> Vec<Case> {
    let mut cases = Vec::new();
    // batch, heads, key heads, queries, slots, encoder keys, d, total
    for shape in [
        (1, 1, 1, 1, 1, 1, 2, 1),
        (2, 4, 1, 1, 8, 6, 16, 5),
        (2, 4, 2, 1, 8, 70, 18, 21),
        (1, 4, 1, 1, 300, 290, 256, 280),
        (1, 2, 2, 6, 6, 3, 16, 6),
        (2, 4, 2, 20, 64, 70, 24, 33),
        (1, 2, 1, 20, 40, 30, 33, 75),
        // Rows that share the encoder's.
        (4, 4, 1, 1, 8, 6, 16, 5),
        (6, 4, 2, 3, 8, 70, 18, 21),
        // Keys that several workgroups share, and so few of them that some get none.
        (1, 4, 1, 1, 2600, 30, 16, 1090),
        (1, 4, 1, 1, 2600, 30, 16, 3),
    ] {
        for (own, encoder, window, softcap) in [
            (Valid::All, Valid::All, None, None),
            (Valid::All, Valid::Left, Some(4), None),
            (Valid::Left, Valid::All, None, Some(3.0)),
            (Valid::Some, Valid::Some, Some(20), Some(3.0)),
        ] {
            for path in paths(shape.6) {
                let label = format!(
                    "{shape:?} {path:?}, self {own:?}, encoder {encoder:?}, window {window:?}, cap {softcap:?}"
                );
                cases.push(Case::new(
                    "merged_attention",
                    label,
                    FUNCTION,
                    move |device, side| {
                        let inputs =
                            merged_inputs(shape, (own, encoder), (window, softcap), device);
                        vec![match side {
                            Side::Fused => merged_attention_by(inputs, path).into(),
                            Side::Reference => {
                                merged_attention::reference::merged_attention(inputs).into()
                            }
                        }]
                    },
                ));
            }
        }
    }
    cases
}

/// batch, heads, key heads, queries, slots, encoder keys, d, total
type MergedShape = (usize, usize, usize, usize, usize, usize, usize, i32);

fn merged_inputs(
    (batch, heads, kv_heads, len, slots, keys, d, total): MergedShape,
    (own, encoder): (Valid, Valid),
    (window, softcap): (Option<usize>, Option<f32>),
    device: &Device,
) -> MergedAttention {
    let encoder_batch = if batch > 2 { 2 } else { batch };
    let encoder_shape = [encoder_batch, kv_heads, keys, d];
    let mut noise = Noise::new(12);
    MergedAttention {
        q: noise.tensor([batch, heads, len, d], 1.0, device),
        self_k: noise.tensor([batch, kv_heads, slots, d], 1.0, device),
        self_v: noise.tensor([batch, kv_heads, slots, d], 1.0, device),
        self_valid: own.tensor(batch, slots, device),
        encoder_k: noise.tensor(encoder_shape, 1.0, device),
        encoder_v: noise.tensor(encoder_shape, 1.0, device),
        encoder_valid: encoder.tensor(encoder_batch, keys, device),
        total: integers(vec![total], [1], device),
        window,
        scale: 0.4,
        softcap,
    }
}

/// Attention and a projection, where one workgroup takes the keys and where several do.
fn projected() -> Vec<Case> {
    let mut cases = Vec::new();
    for (shape, bias) in [
        ((1, 4, 1, 1, 300, 290, 256, 280), true),
        ((1, 4, 1, 1, 2600, 30, 16, 1090), false),
        ((1, 4, 1, 1, 2600, 30, 16, 3), true),
        ((2, 4, 2, 1, 40, 1500, 256, 9), false),
        ((6, 4, 2, 1, 1100, 70, 20, 300), true),
        ((1, 4, 1, 3, 1100, 70, 18, 300), false),
        ((1, 4, 1, 12, 1100, 70, 16, 300), true),
    ] {
        for (storage, paths) in [
            (Storage::F32, (AttentionPath::Few, LinearPath::GemvLanes)),
            (Storage::F32, (AttentionPath::Rows, LinearPath::GemvRows)),
            (Storage::Q4, (AttentionPath::Auto, LinearPath::Auto)),
            (Storage::Q8, (AttentionPath::Few, LinearPath::GemvLanes)),
        ] {
            let n = shape.0 * shape.3;
            if n > 8 && paths.1 != LinearPath::Auto {
                continue;
            }
            let label = format!("{shape:?} {paths:?}, {storage:?}, bias {bias}");
            cases.push(
                Case::new("merged_linear", label, FUNCTION, move |device, side| {
                    let valid = (Valid::All, Valid::Some);
                    let inputs = merged_inputs(shape, valid, (Some(1000), None), device);
                    let weights = matrix(70, shape.1 * shape.6, 40, storage, device);
                    let bias = bias.then(|| Noise::new(77).tensor([70], 1.0, device));
                    vec![match side {
                        Side::Fused => weights.merged_linear_by(inputs, bias, paths).into(),
                        Side::Reference => {
                            merged_linear::reference::merged_linear(&weights, inputs, bias).into()
                        }
                    }]
                })
                .on_cpu(by_integers(storage, paths.1, n)),
            );
        }
    }
    cases
}
