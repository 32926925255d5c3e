use burn::tensor::Tensor;

pub(crate) fn gelu_tanh(x: Tensor<2>) -> Tensor<2> {
    let inner = (x.clone() + x.clone().powi_scalar(3).mul_scalar(0.044715))
        .mul_scalar((2.0 / core::f64::consts::PI).sqrt());
    x.mul_scalar(0.5) * inner.tanh().add_scalar(1.0)
}

pub(crate) fn geglu(gate_up: Tensor<2>) -> Tensor<2> {
    let [gate, up] = gate_up.chunk(2, 1).try_into().expect("two chunks");
    gelu_tanh(gate) * up
}
