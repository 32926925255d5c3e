//! One table of cases per operation: each runs the fused operation on a device and the reference on the CPU.
//!
//! The same table is the native test (on the CPU backend), the browser test (on WebGPU) and what a user runs to check
//! a GPU. Sizes are small and odd on purpose: partial tiles, short tails, masks that hide everything, extreme values.

mod attention;
mod cache;
mod heads;
mod linear;
mod look_back;
mod noise;
mod norms;
mod sample;
mod self_test;

use burn::tensor::{DType, Device, Int, Tensor, TensorData};

pub use self_test::self_test;

/// Moves data only.
const EXACT: f32 = 0.0;
/// Sums of up to a few hundred products in another order, relative to the largest result.
const SUM: f32 = 4e-6;
/// Besides a sum, a square root, a division or an exponential: WGSL allows each a few units in the last place.
const FUNCTION: f32 = 1e-5;

/// What one case found.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseReport {
    /// The operation.
    pub op: &'static str,
    /// What is special about the case.
    pub label: String,
    /// Largest difference between the device and the reference, relative to the reference's largest magnitude;
    /// infinite when a value is NaN on one side only or the sizes differ.
    pub difference: f32,
    /// What is accepted.
    pub tolerance: f32,
    /// Why nothing could be compared.
    pub error: Option<String>,
}

impl CaseReport {
    /// Whether the difference is accepted.
    pub fn passed(&self) -> bool {
        self.error.is_none() && self.difference <= self.tolerance
    }
}

/// Run every case of the named operations, or of all where none is named, on the device. Reads are asynchronous, as
/// WebGPU in a browser needs them.
pub async fn check(device: &Device, operations: &[String]) -> Vec<CaseReport> {
    let mut reports = Vec::new();
    let wanted =
        |case: &Case| operations.is_empty() || operations.iter().any(|name| name == case.op);
    for case in table().into_iter().filter(wanted) {
        reports.push(case.run(device).await);
    }
    reports
}

fn table() -> Vec<Case> {
    let tables = [
        linear::cases(),
        norms::cases(),
        heads::cases(),
        attention::cases(),
        cache::cases(),
        sample::cases(),
        look_back::cases(),
    ];
    tables.into_iter().flatten().collect()
}

/// Which of the two implementations to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Fused,
    Reference,
}

/// A result to compare.
enum Output {
    Float(Tensor<1>),
    Int(Tensor<1, Int>),
}

impl<const D: usize> From<Tensor<D>> for Output {
    fn from(tensor: Tensor<D>) -> Self {
        let elements = tensor.shape().num_elements();
        Self::Float(tensor.reshape([elements]))
    }
}

impl From<Tensor<1, Int>> for Output {
    fn from(tensor: Tensor<1, Int>) -> Self {
        Self::Int(tensor)
    }
}

impl Output {
    async fn read(self) -> Result<Vec<f32>, String> {
        let data = match self {
            Self::Float(tensor) => tensor.into_data_async().await,
            Self::Int(tensor) => tensor.into_data_async().await,
        };
        let data = data.map_err(|error| error.to_string())?;
        let ints = |data: &TensorData| {
            data.as_slice::<i32>()
                .map(|data| data.iter().map(|&x| x as f32).collect())
        };
        let values = match data.dtype() {
            DType::I32 => ints(&data),
            _ => data.as_slice::<f32>().map(<[f32]>::to_vec),
        };
        values.map_err(|error| error.to_string())
    }
}

struct Case {
    op: &'static str,
    label: String,
    tolerance: f32,
    /// In place of `tolerance` on the CPU.
    cpu_tolerance: Option<f32>,
    outputs: Box<dyn Fn(&Device, Side) -> Vec<Output>>,
}

impl Case {
    fn new(
        op: &'static str,
        label: impl Into<String>,
        tolerance: f32,
        outputs: impl Fn(&Device, Side) -> Vec<Output> + 'static,
    ) -> Self {
        Self {
            op,
            label: label.into(),
            tolerance,
            cpu_tolerance: None,
            outputs: Box::new(outputs),
        }
    }

    /// The same case with another tolerance on the CPU, if any.
    fn on_cpu(self, cpu_tolerance: Option<f32>) -> Self {
        Self {
            cpu_tolerance,
            ..self
        }
    }

    async fn run(self, device: &Device) -> CaseReport {
        let fused = read_all((self.outputs)(device, Side::Fused)).await;
        let reference = read_all((self.outputs)(&Device::flex(), Side::Reference)).await;
        let compared =
            fused.and_then(|fused| reference.map(|reference| difference(&fused, &reference)));
        let (difference, error) = match compared {
            Ok(difference) => (difference, None),
            Err(error) => (f32::INFINITY, Some(error)),
        };
        let on_cpu = self.cpu_tolerance.filter(|_| *device == Device::flex());
        CaseReport {
            op: self.op,
            label: self.label,
            difference,
            tolerance: on_cpu.unwrap_or(self.tolerance),
            error,
        }
    }
}

async fn read_all(outputs: Vec<Output>) -> Result<Vec<Vec<f32>>, String> {
    let mut all = Vec::new();
    for output in outputs {
        all.push(output.read().await?);
    }
    Ok(all)
}

/// The largest of the outputs' differences.
fn difference(fused: &[Vec<f32>], reference: &[Vec<f32>]) -> f32 {
    if fused.len() != reference.len() {
        return f32::INFINITY;
    }
    fused
        .iter()
        .zip(reference)
        .map(|(fused, reference)| difference_of(fused, reference))
        .fold(0.0, f32::max)
}

fn difference_of(fused: &[f32], reference: &[f32]) -> f32 {
    if fused.len() != reference.len() {
        return f32::INFINITY;
    }
    let largest = reference
        .iter()
        .filter(|x| x.is_finite())
        .fold(0.0, |max: f32, x| max.max(x.abs()));
    let pairs = fused.iter().zip(reference);
    let worst = pairs.map(
        |(a, b)| match (a == b || (a.is_nan() && b.is_nan()), (a - b).abs()) {
            (true, _) => 0.0,
            (false, off) if off.is_nan() => f32::INFINITY,
            (false, off) => off,
        },
    );
    let worst = worst.fold(0.0, f32::max);
    if worst == 0.0 {
        0.0
    } else {
        worst / largest.max(f32::MIN_POSITIVE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The CPU backend's futures are ready at once.
    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let mut future = Box::pin(future);
        match future.as_mut().poll(&mut core::task::Context::from_waker(
            core::task::Waker::noop(),
        )) {
            core::task::Poll::Ready(value) => value,
            core::task::Poll::Pending => panic!("a read on the CPU did not finish at once"),
        }
    }

    #[test]
    fn every_operation_matches_its_reference_on_the_cpu() {
        let reports = block_on(check(&Device::flex(), &[]));
        assert!(reports.len() > 100, "only {} cases", reports.len());
        let failed: Vec<_> = reports.iter().filter(|report| !report.passed()).collect();
        assert!(failed.is_empty(), "{failed:#?}");
    }

    #[test]
    fn a_difference_is_seen() {
        assert_eq!(difference_of(&[1.0, 2.0], &[1.0, 2.5]), 0.2);
        assert_eq!(difference_of(&[f32::NAN], &[1.0]), f32::INFINITY);
        assert_eq!(difference_of(&[1.0], &[f32::NAN]), f32::INFINITY);
        assert_eq!(difference_of(&[f32::NAN], &[f32::NAN]), 0.0);
        assert_eq!(difference_of(&[1.0], &[1.0, 2.0]), f32::INFINITY);
        assert_eq!(difference_of(&[0.0], &[0.0]), 0.0);
    }
}
