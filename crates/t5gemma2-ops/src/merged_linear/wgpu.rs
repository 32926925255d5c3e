use burn::backend::Cube;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::attention::wgpu::Attended;
use crate::backend::LinearSpec;
use crate::gpu::{self, Bound, Param};
use crate::linear::gemv::Gemv;
use crate::linear::weights::with_weights;
use crate::linear::wgpu::{NEIGHBOURS, TILE, linear, part_params, with_bias};
use crate::stored::Stored;

pub(crate) fn linear_of(
    attended: Attended,
    weights: &Stored<Cube>,
    bias: Option<CubeTensor>,
    spec: &LinearSpec,
) -> CubeTensor {
    let [n, heads, d] = attended.dims;
    if attended.parts == 1 || !d.is_multiple_of(4) || !spec.is_gemv(n) {
        return linear(attended.joined(), weights, bias, spec);
    }
    let bias = bias.map(gpu::floats);
    let cols = heads * d;
    let out = gpu::empty(&attended.left, [n, spec.rows.len()], DType::F32);
    for part in spec.parts() {
        let kernel = with_weights(
            Bound::new(&[include_str!("parts.wgsl"), TILE]),
            weights,
            part.shard,
            cols,
        )
        .constant("PARTS", attended.parts)
        .constant("HEADS", heads)
        .constant("D", d)
        .input("LEFT", &attended.left)
        .output("OUT", &out);
        let mut params = part_params(&part, [n, cols, spec.rows.len()]);
        params.extend::<[Param; 3]>([0.into(), 0.0.into(), 0.0.into()]);
        Gemv::normed(n, cols, part.rows.len(), weights.storage(), spec.path)
            .launch(with_bias(kernel, bias.as_ref()).source(NEIGHBOURS), &params);
    }
    out
}
