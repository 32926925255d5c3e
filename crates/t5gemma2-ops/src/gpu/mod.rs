//! Launching WGSL on burn's cubecl backend.
//!
//! Inputs are bound read-only and outputs read-write, which is right where every tensor has a buffer of its own: in
//! a browser, in Deno and in Node, where cubecl uses exclusive pages. (A native wgpu build would need cubecl's
//! `exclusive-memory-only` feature.) Numbers that do not change between steps go in a uniform, which cubecl keeps for
//! the next launch with equal ones; numbers that do change are read from tensors on the device.

mod adapter;
mod bound;
mod lines;

use burn::backend::Cube;
use burn::backend::ops::IntTensorOps;
use burn::backend::wgpu::{
    CubeTensor, KernelSource, SourceKernel, SourceTemplate, into_contiguous,
};
use burn::cubecl::ir::attributes::BufferIOAttr;
use burn::cubecl::prelude::KernelId;
use burn::cubecl::server::{KernelArguments, MetadataBindingInfo};
use burn::cubecl::{CubeCount, CubeDim};
use burn::tensor::{DType, IntDType, Shape};

pub(crate) use adapter::adapter;
pub use adapter::{Adapter, set_adapter};
pub(crate) use bound::Bound;
pub(crate) use lines::{each, each_sum};

/// Functions that kernels share.
pub(crate) const MATH: &str = include_str!("math.wgsl");
/// Sum and maximum over a workgroup.
pub(crate) fn reductions() -> &'static str {
    match adapter().subgroups {
        true => include_str!("subgroups.wgsl"),
        false => include_str!("reductions.wgsl"),
    }
}

/// The most workgroups in one dimension of a dispatch (WebGPU's default limit).
const MAX_GROUPS: u32 = 65_535;

/// A kernel as text: sources that are put together, then constants filled in.
///
/// All of it is the identity under which the compiled pipeline is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Kernel {
    sources: Vec<&'static str>,
    constants: Vec<(&'static str, String)>,
    workgroup: u32,
}

impl Kernel {
    /// A kernel with `workgroup` invocations a workgroup.
    pub(crate) fn new(sources: &[&'static str], workgroup: u32) -> Self {
        Self {
            sources: sources.to_vec(),
            constants: Vec::new(),
            workgroup,
        }
    }

    /// Fill in `{{ name }}`.
    pub(crate) fn constant(mut self, name: &'static str, value: impl ToString) -> Self {
        self.constants.push((name, value.to_string()));
        self
    }

    /// Queue the kernel. Bindings are the inputs, the outputs, then the parameters.
    pub(crate) fn launch(
        self,
        groups: [u32; 3],
        inputs: &[&CubeTensor],
        outputs: &[&CubeTensor],
        params: &[Param],
    ) {
        let client = inputs
            .iter()
            .chain(outputs)
            .map(|tensor| tensor.client.clone())
            .next()
            .expect("a tensor");
        let mut arguments = KernelArguments::new();
        for input in inputs {
            arguments =
                arguments.with_buffer_io(input.handle.clone().binding(), BufferIOAttr::ReadOnly);
        }
        for output in outputs {
            arguments =
                arguments.with_buffer_io(output.handle.clone().binding(), BufferIOAttr::ReadWrite);
        }
        let arguments = arguments.with_info(MetadataBindingInfo::custom(packed(params)));
        let dim = CubeDim::new_1d(self.workgroup);
        let [x, y, z] = groups;
        client.launch(
            Box::new(SourceKernel::new(self, dim)),
            CubeCount::Static(x, y, z),
            arguments,
        );
    }
}

impl KernelSource for Kernel {
    fn source(&self) -> SourceTemplate {
        let template = SourceTemplate::new(directives_first(&self.sources));
        self.constants
            .iter()
            .fold(template, |template, (name, value)| {
                template.register(*name, value.as_str())
            })
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info(self.clone())
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// The sources as one: what they enable comes before everything else, as WGSL wants it.
fn directives_first(sources: &[&str]) -> String {
    let is_directive = |line: &&str| line.starts_with("enable ") || line.starts_with("diagnostic(");
    let lines = || sources.iter().flat_map(|source| source.lines());
    let directives = lines().filter(is_directive);
    let rest = lines().filter(|line| !is_directive(line));
    directives.chain(rest).collect::<Vec<_>>().join("\n")
}

/// A 32-bit parameter of a kernel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Param(u32);

impl From<usize> for Param {
    fn from(value: usize) -> Self {
        Self(u32::try_from(value).expect("sizes of tensors on a GPU fit 32 bits"))
    }
}

impl From<u32> for Param {
    fn from(value: u32) -> Self {
        Self(value)
    }
}

impl From<i32> for Param {
    fn from(value: i32) -> Self {
        Self(value as u32)
    }
}

impl From<f32> for Param {
    fn from(value: f32) -> Self {
        Self(value.to_bits())
    }
}

/// Words in pairs, padded to the 16 bytes that a uniform's size is rounded up to.
fn packed(params: &[Param]) -> Vec<u64> {
    let word = |index: usize| params.get(index).map_or(0, |param| u64::from(param.0));
    (0..params.len().next_multiple_of(4) / 2)
        .map(|pair| word(2 * pair) | word(2 * pair + 1) << 32)
        .collect()
}

/// Workgroups for `count` of them in a row, folded into two dimensions; a kernel finds its number as
/// `y * num_workgroups.x + x` and ignores those behind the last.
pub(crate) fn fold(count: usize) -> [u32; 3] {
    let count = u32::try_from(count).expect("workgroups fit 32 bits");
    let x = count.min(MAX_GROUPS);
    [x, count.div_ceil(x.max(1)), 1]
}

/// Workgroups of `size` for `elements`, one each or, past the limit, several each in a loop.
pub(crate) fn strided(elements: usize, size: usize) -> [u32; 3] {
    let groups = u32::try_from(elements.div_ceil(size)).unwrap_or(MAX_GROUPS);
    [groups.min(MAX_GROUPS), 1, 1]
}

/// A float tensor as kernels want it: f32, row-major, without gaps.
pub(crate) fn floats(tensor: CubeTensor) -> CubeTensor {
    assert_eq!(tensor.dtype, DType::F32, "activations are F32");
    into_contiguous(tensor)
}

/// An integer tensor as kernels want it: 32 bits, row-major, without gaps.
pub(crate) fn ints(tensor: CubeTensor) -> CubeTensor {
    match tensor.dtype {
        DType::I32 | DType::U32 => into_contiguous(tensor),
        _ => into_contiguous(Cube::int_cast(tensor, IntDType::I32)),
    }
}

/// The tensor to write into: itself when nothing else holds it, otherwise a copy.
pub(crate) fn writable(tensor: CubeTensor) -> CubeTensor {
    let tensor = into_contiguous(tensor);
    if tensor.can_mut() {
        tensor
    } else {
        tensor.copy()
    }
}

/// A new tensor beside another one.
pub(crate) fn empty<const D: usize>(
    beside: &CubeTensor,
    shape: [usize; D],
    dtype: DType,
) -> CubeTensor {
    let elements: usize = shape.iter().product();
    let handle = beside.client.empty(elements * dtype.size());
    CubeTensor::new_contiguous(
        beside.client.clone(),
        beside.device.clone(),
        Shape::from(shape),
        handle,
        dtype,
    )
}

/// The shape as an array.
pub(crate) fn dims<const D: usize>(tensor: &CubeTensor) -> [usize; D] {
    core::array::from_fn(|dim| tensor.meta.shape()[dim])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_padded_to_sixteen_bytes() {
        assert_eq!(
            packed(&[1.into(), 2.into(), 1.0.into()]),
            [1 | 2 << 32, 0x3f80_0000]
        );
        assert_eq!(packed(&[7.into()]), [7, 0]);
    }

    #[test]
    fn directives_come_first() {
        let sources = ["// A kernel.\nfn main() {}", "enable f16;\nfn other() {}"];
        assert_eq!(
            directives_first(&sources),
            "enable f16;\n// A kernel.\nfn main() {}\nfn other() {}"
        );
    }

    #[test]
    fn workgroups_are_folded() {
        assert_eq!(fold(10), [10, 1, 1]);
        assert_eq!(fold(65_536), [65_535, 2, 1]);
        assert_eq!(strided(1000, 256), [4, 1, 1]);
    }
}
