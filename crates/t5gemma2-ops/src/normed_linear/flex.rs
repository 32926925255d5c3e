use burn::backend::Flex;
use burn::backend::flex::FlexTensor;

use crate::backend::NormedSpec;
use crate::cpu::{contiguous, dims, exp, floats, tensor};
use crate::geglu::flex::geglu;
use crate::linear::flex::linear;
use crate::rms_norm::flex::add_normed;
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
            for (update, sum) in floats(&update)
                .chunks_exact(cols)
                .zip(sum.chunks_exact_mut(cols))
            {
                add_normed(update, post, spec.eps, sum);
            }
            tensor(sum, [n, cols])
        }
        None => residual,
    };
    let mut x = vec![0.0; n * cols];
    for (sum, x) in floats(&sum)
        .chunks_exact(cols)
        .zip(x.chunks_exact_mut(cols))
    {
        add_normed(sum, pre, spec.eps, x);
    }
    let mut out = linear(tensor(x, [n, cols]), weights, bias, &spec.linear);
    if spec.gated {
        out = geglu(out);
    }
    if let Some(cap) = spec.softcap {
        let shape: [usize; 2] = dims(&out);
        let capped = floats(&out).iter().map(|x| cap * exp::tanh(x / cap));
        out = tensor(capped.collect(), shape);
    }
    (sum, out)
}
