use burn::backend::Cube;
use burn::backend::ops::IntTensorOps;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::Shape;

use crate::attention::wgpu::{Attended, Over, attend};
use crate::backend::MergedSpec;
use crate::gpu;

/// Keys, values and validity of one side.
pub(crate) type Side = (CubeTensor, CubeTensor, Option<CubeTensor>);

pub(crate) fn merged_attention(
    q: CubeTensor,
    own: Side,
    encoder: Side,
    total: CubeTensor,
    spec: MergedSpec,
) -> Attended {
    let (q, total) = (gpu::floats(q), gpu::ints(total));
    let [batch, heads, len, d] = gpu::dims(&q);
    let (own_k, own_v, own_valid) = (gpu::floats(own.0), gpu::floats(own.1), own.2.map(gpu::ints));
    let (encoder_k, encoder_v) = (gpu::floats(encoder.0), gpu::floats(encoder.1));
    let encoder_valid = encoder.2.map(gpu::ints);
    let [_, kv_heads, slots, _] = gpu::dims(&own_k);
    let [encoder_batch, _, keys, _] = gpu::dims(&encoder_k);
    let has_valid = usize::from(own_valid.is_some()) + 2 * usize::from(encoder_valid.is_some());
    // With nine buffers some devices would be left out, so two masks travel as one.
    let valid = match (own_valid, encoder_valid) {
        (Some(own), Some(encoder)) => {
            let flat = |mask: CubeTensor| {
                let elements = mask.meta.shape().num_elements();
                Cube::int_reshape(mask, Shape::from([elements]))
            };
            Some(gpu::ints(Cube::int_cat(vec![flat(own), flat(encoder)], 0)))
        }
        (own, encoder) => own.or(encoder),
    };
    let params = [
        batch.into(),
        heads.into(),
        kv_heads.into(),
        len.into(),
        slots.into(),
        keys.into(),
        spec.window
            .unwrap_or(usize::MAX)
            .min(i32::MAX as usize)
            .into(),
        has_valid.into(),
        spec.scale.into(),
        spec.softcap.unwrap_or(0.0).into(),
        (batch / encoder_batch).into(),
    ];
    let heads_source = if d.is_multiple_of(4) {
        include_str!("heads4.wgsl")
    } else {
        include_str!("heads1.wgsl")
    };
    let valid = valid.as_ref().unwrap_or(&total);
    attend(
        Over {
            sources: [heads_source, include_str!("keys.wgsl")],
            inputs: &[&q, &own_k, &own_v, &encoder_k, &encoder_v, valid, &total],
            params: &params,
            kv_heads,
            keys: slots + keys,
        },
        spec.path,
    )
}
