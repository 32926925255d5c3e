use burn::backend::Flex;
use burn::backend::flex::FlexTensor;

use crate::backend::NormedSpec;
use crate::cpu::threads::{for_rows, rows_of};
use crate::cpu::{contiguous, dims, exp, floats, tensor};
use crate::geglu::flex::geglu;
use crate::linear::flex::linear;
use crate::rms_norm::flex::add_normed_rows;
use crate::stored::Stored;

pub(crate) fn normed_linear(
    residual: FlexTensor,
    update: Option<FlexTensor>,
    norms: FlexTensor,
    weights: &Stored<Flex>,
    bias: Option<FlexTensor>,
    spec: NormedSpec,
) -> (FlexTensor, FlexTensor) {
    let (residual, update, norms) = (
        contiguous(residual),
        update.map(contiguous),
        contiguous(norms),
    );
    let [n, cols] = dims(&residual);
    let (post, pre) = floats(&norms).split_at(cols);
    let sum = match update {
        Some(update) => {
            let mut sum = floats(&residual).to_vec();
            add_normed_rows(floats(&update), post, spec.eps, &mut sum);
            tensor(sum, [n, cols])
        }
        None => residual,
    };
    let mut x = vec![0.0; n * cols];
    add_normed_rows(floats(&sum), pre, spec.eps, &mut x);
    let mut out = linear(tensor(x, [n, cols]), weights, bias, &spec.linear);
    if spec.gated {
        out = geglu(out);
    }
    if let Some(cap) = spec.softcap {
        let shape: [usize; 2] = dims(&out);
        let mut capped = floats(&out).to_vec();
        for_rows(&mut capped, 1, rows_of(16, 4), |_, capped| {
            capped
                .iter_mut()
                .for_each(|x| *x = cap * exp::tanh(*x / cap));
        });
        out = tensor(capped, shape);
    }
    (sum, out)
}
