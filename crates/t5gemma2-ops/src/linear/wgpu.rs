//! Linear layers on WebGPU: one dispatch a shard.

use burn::backend::Cube;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::backend::{LinearSpec, ShardRows};
use crate::gpu::{self, Bound, Param};
use crate::stored::Stored;

use super::gemm::gemm;
use super::gemv::{GEMV_ROWS, Gemv};
use super::weights::with_weights;

const PARAMS: &str = include_str!("params.wgsl");
/// Each team of a GEMV takes neighbouring rows.
pub(crate) const NEIGHBOURS: &str = include_str!("neighbours.wgsl");
/// x is made by each workgroup.
pub(crate) const TILE: &str = include_str!("tile.wgsl");

pub(crate) fn linear(
    x: CubeTensor,
    weights: &Stored<Cube>,
    bias: Option<CubeTensor>,
    spec: &LinearSpec,
) -> CubeTensor {
    linear_capped(x, weights, bias, spec, 0.0)
}

/// The same with each result capped: `softcap · tanh(y / softcap)`, unless that is 0.
pub(crate) fn linear_capped(
    x: CubeTensor,
    weights: &Stored<Cube>,
    bias: Option<CubeTensor>,
    spec: &LinearSpec,
    softcap: f32,
) -> CubeTensor {
    let (x, bias) = (gpu::floats(x), bias.map(gpu::floats));
    let [n, cols] = gpu::dims(&x);
    let out_cols = spec.rows.len();
    let out = gpu::empty(&x, [n, out_cols], DType::F32);
    let load_x = match cols.is_multiple_of(4) {
        true => include_str!("x4.wgsl"),
        false => include_str!("x1.wgsl"),
    };
    for part in spec.parts() {
        let kernel = with_weights(Bound::new(&[load_x]), weights, part.shard, cols)
            .input("X", &x)
            .output("OUT", &out);
        let kernel = with_bias(kernel, bias.as_ref());
        let mut params = part_params(&part, [n, cols, out_cols]);
        params.extend::<[Param; 3]>([0.into(), 0.0.into(), softcap.into()]);
        if spec.is_gemv(n) {
            let kernel = kernel
                .source(include_str!("direct.wgsl"))
                .source(NEIGHBOURS);
            Gemv::new(n, cols, part.rows.len(), weights.storage(), spec.path)
                .launch(kernel, &params);
        } else {
            gemm(kernel, [n, part.rows.len()], spec.path, &params);
        }
    }
    out
}

/// Add parameters, the store of results and what it needs.
pub(crate) fn with_bias<'a>(kernel: Bound<'a>, bias: Option<&'a CubeTensor>) -> Bound<'a> {
    let kernel = kernel.source(PARAMS).source(gpu::MATH);
    match bias {
        Some(bias) => kernel.source(include_str!("bias.wgsl")).input("BIAS", bias),
        None => kernel.source(include_str!("no_bias.wgsl")),
    }
}

/// The parameters that every kernel has; `keeps`, `eps` and `softcap` follow them.
pub(crate) fn part_params(part: &ShardRows, [n, cols, out_cols]: [usize; 3]) -> Vec<Param> {
    vec![
        cols.into(),
        n.into(),
        part.rows.len().into(),
        part.rows.start.into(),
        out_cols.into(),
        part.out.into(),
    ]
}

impl LinearSpec {
    /// Whether `n` rows of x go through the GEMV kernel.
    pub(crate) fn is_gemv(&self, n: usize) -> bool {
        use crate::backend::LinearPath;
        match self.path {
            LinearPath::Auto => n <= GEMV_ROWS,
            LinearPath::GemvLanes | LinearPath::GemvRows => true,
            LinearPath::GemmTiles | LinearPath::GemmRows => false,
        }
    }
}
