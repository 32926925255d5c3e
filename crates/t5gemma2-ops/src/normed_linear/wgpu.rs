//! Few rows: one kernel a shard. Many: the norms by themselves, then the tiles of a linear layer.

use burn::backend::Cube;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::backend::NormedSpec;
use crate::geglu::wgpu::geglu;
use crate::gpu::{self, Bound, Param};
use crate::linear::gemv::Gemv;
use crate::linear::weights::with_weights;
use crate::linear::wgpu::{NEIGHBOURS, TILE, linear_capped, part_params, with_bias};
use crate::rms_norm::wgpu::rms_norm_by;
use crate::stored::Stored;

const NORMED: &str = include_str!("normed.wgsl");

pub(crate) fn normed_linear(
    residual: CubeTensor,
    update: Option<CubeTensor>,
    norms: CubeTensor,
    weights: &Stored<Cube>,
    bias: Option<CubeTensor>,
    spec: NormedSpec,
) -> (CubeTensor, CubeTensor) {
    let (residual, update) = (gpu::floats(residual), update.map(gpu::floats));
    let (norms, bias) = (gpu::floats(norms), bias.map(gpu::floats));
    let [n, cols] = gpu::dims(&residual);
    let rows = spec.linear.rows.len();
    let parts: Vec<_> = spec.linear.parts().collect();
    // A gate and its partner are read by the same team, so they must lie in the same shard, and their sums fit.
    let fits = cols.is_multiple_of(4) && (!spec.gated || (parts.len() == 1 && n <= 4));
    if !fits || !spec.linear.is_gemv(n) {
        return apart(residual, update, norms, weights, bias, &spec);
    }
    let out_cols = if spec.gated { rows / 2 } else { rows };
    let out = gpu::empty(&residual, [n, out_cols], DType::F32);
    let sum = match &update {
        Some(_) => gpu::empty(&residual, [n, cols], DType::F32),
        None => residual.clone(),
    };
    for (index, part) in parts.iter().enumerate() {
        let input = match &update {
            Some(update) => Bound::new(&[include_str!("updated.wgsl"), NORMED, TILE])
                .input("UPDATE", update)
                .output("SUM", &sum),
            None => Bound::new(&[include_str!("plain.wgsl"), NORMED, TILE]),
        };
        let kernel = with_weights(input, weights, part.shard, cols)
            .input("RESIDUAL", &residual)
            .input("NORMS", &norms)
            .output("OUT", &out);
        let kernel = with_bias(kernel, bias.as_ref())
            .source(gpu::reductions())
            .source(if spec.gated {
                include_str!("gated.wgsl")
            } else {
                NEIGHBOURS
            });
        let gemv = Gemv::normed(
            n,
            cols,
            part.rows.len(),
            weights.storage(),
            spec.linear.path,
        );
        let mut params = part_params(part, [n, cols, out_cols]);
        params.extend::<[Param; 3]>([
            usize::from(index == 0).into(),
            spec.eps.into(),
            spec.softcap.unwrap_or(0.0).into(),
        ]);
        gemv.launch(kernel, &params);
    }
    (sum, out)
}

fn apart(
    residual: CubeTensor,
    update: Option<CubeTensor>,
    norms: CubeTensor,
    weights: &Stored<Cube>,
    bias: Option<CubeTensor>,
    spec: &NormedSpec,
) -> (CubeTensor, CubeTensor) {
    let sum = match update {
        Some(update) => rms_norm_by(update, norms.clone(), 0, Some(residual), spec.eps),
        None => residual,
    };
    let x = rms_norm_by(sum.clone(), norms, 1, None, spec.eps);
    let out = linear_capped(x, weights, bias, &spec.linear, spec.softcap.unwrap_or(0.0));
    if spec.gated {
        return (sum, geglu(out));
    }
    (sum, out)
}
