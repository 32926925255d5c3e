use super::noise::{Noise, floats};
use super::{Case, FUNCTION, Side};
use crate::{add_rms_norm, geglu, geglu as gated, gelu_tanh, layer_norm, rms_norm};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    // rows, columns, size of the values
    for (n, cols, size) in [
        (1, 1, 1.0),
        (3, 7, 1.0),
        (2, 256, 1e-4),
        (5, 640, 1.0),
        (4, 1030, 1e4),
        (70_000, 2, 1.0),
    ] {
        let label = format!("{n} x {cols}, up to {size}");
        cases.push(Case::new(
            "rms_norm",
            label.clone(),
            FUNCTION,
            move |device, side| {
                let mut noise = Noise::new(1);
                let (x, weight) = (
                    noise.tensor([n, cols], size, device),
                    noise.tensor([cols], 1.0, device),
                );
                vec![match side {
                    Side::Fused => rms_norm(x, weight, 1e-6).into(),
                    Side::Reference => rms_norm::reference::rms_norm(x, weight, 1e-6).into(),
                }]
            },
        ));
        // More rows than workgroups in one dimension are folded alike everywhere, and take software adapters half a minute.
        if n > 65_535 {
            continue;
        }
        cases.push(Case::new(
            "add_rms_norm",
            label.clone(),
            FUNCTION,
            move |device, side| {
                let mut noise = Noise::new(2);
                let (x, weight) = (
                    noise.tensor([n, cols], size, device),
                    noise.tensor([cols], 1.0, device),
                );
                let residual = noise.tensor([n, cols], 3.0, device);
                vec![match side {
                    Side::Fused => add_rms_norm(residual, x, weight, 1e-6).into(),
                    Side::Reference => {
                        rms_norm::reference::add_rms_norm(residual, x, weight, 1e-6).into()
                    }
                }]
            },
        ));
        cases.push(Case::new(
            "layer_norm",
            label,
            FUNCTION,
            move |device, side| {
                let mut noise = Noise::new(3);
                let (x, weight) = (
                    noise.tensor([n, cols], size, device),
                    noise.tensor([cols], 1.0, device),
                );
                let bias = noise.tensor([cols], 1.0, device);
                // Two nearly equal columns vary by rounding errors, which a small eps would magnify.
                let eps = if cols < 4 { 1e-2 } else { 1e-6 };
                vec![match side {
                    Side::Fused => layer_norm(x, weight, bias, eps).into(),
                    Side::Reference => {
                        layer_norm::reference::layer_norm(x, weight, bias, eps).into()
                    }
                }]
            },
        ));
    }
    cases.push(Case::new(
        "rms_norm",
        "a row of zeros",
        FUNCTION,
        |device, side| {
            let (x, weight) = (
                floats(vec![0.0; 10], [2, 5], device),
                floats(vec![0.5; 5], [5], device),
            );
            vec![match side {
                Side::Fused => rms_norm(x, weight, 1e-6).into(),
                Side::Reference => rms_norm::reference::rms_norm(x, weight, 1e-6).into(),
            }]
        },
    ));
    for (n, cols, size) in [(1, 1, 1.0), (3, 7, 3.0), (5, 640, 10.0), (2, 33, 1e4)] {
        let label = format!("{n} x {cols}, up to {size}");
        cases.push(Case::new(
            "geglu",
            label.clone(),
            FUNCTION,
            move |device, side| {
                let x = Noise::new(4).tensor([n, 2 * cols], size, device);
                vec![match side {
                    Side::Fused => geglu(x).into(),
                    Side::Reference => gated::reference::geglu(x).into(),
                }]
            },
        ));
        cases.push(Case::new(
            "gelu_tanh",
            label,
            FUNCTION,
            move |device, side| {
                let x = Noise::new(5).tensor([n, cols], size, device);
                vec![match side {
                    Side::Fused => gelu_tanh(x).into(),
                    Side::Reference => gated::reference::gelu_tanh(x).into(),
                }]
            },
        ));
    }
    cases
}
