use burn::tensor::Tensor;

pub(crate) fn rms_norm(x: Tensor<2>, weight: Tensor<1>, eps: f64) -> Tensor<2> {
    let mean = x.clone().square().mean_dim(1);
    x / mean.add_scalar(eps).sqrt() * weight.add_scalar(1.0).unsqueeze()
}

pub(crate) fn add_rms_norm(
    residual: Tensor<2>,
    x: Tensor<2>,
    weight: Tensor<1>,
    eps: f64,
) -> Tensor<2> {
    residual + rms_norm(x, weight, eps)
}
