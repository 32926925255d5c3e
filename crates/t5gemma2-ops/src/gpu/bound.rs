//! Kernels put together from sources that name their bindings: `@group(0) @binding({{ NAME }})`.

use burn::backend::wgpu::CubeTensor;

use super::{Kernel, Param};

/// Sources and what they bind. Each name becomes the number of its binding: inputs in the order they came, then outputs,
/// then the uniform, `PARAMS`.
pub(crate) struct Bound<'a> {
    sources: Vec<&'static str>,
    inputs: Vec<(&'static str, &'a CubeTensor)>,
    outputs: Vec<(&'static str, &'a CubeTensor)>,
    constants: Vec<(&'static str, String)>,
}

impl<'a> Bound<'a> {
    pub(crate) fn new(sources: &[&'static str]) -> Self {
        Self {
            sources: sources.to_vec(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            constants: Vec::new(),
        }
    }

    /// One more source.
    pub(crate) fn source(mut self, source: &'static str) -> Self {
        self.sources.push(source);
        self
    }

    pub(crate) fn input(mut self, name: &'static str, tensor: &'a CubeTensor) -> Self {
        self.inputs.push((name, tensor));
        self
    }

    pub(crate) fn inputs(
        self,
        inputs: impl IntoIterator<Item = (&'static str, &'a CubeTensor)>,
    ) -> Self {
        inputs
            .into_iter()
            .fold(self, |bound, (name, tensor)| bound.input(name, tensor))
    }

    pub(crate) fn output(mut self, name: &'static str, tensor: &'a CubeTensor) -> Self {
        self.outputs.push((name, tensor));
        self
    }

    /// Fill in `{{ name }}`.
    pub(crate) fn constant(mut self, name: &'static str, value: impl ToString) -> Self {
        self.constants.push((name, value.to_string()));
        self
    }

    /// Queue the kernel, `workgroup` invocations a workgroup.
    pub(crate) fn launch(self, workgroup: u32, groups: [u32; 3], params: &[Param]) {
        let names = self
            .inputs
            .iter()
            .chain(&self.outputs)
            .map(|(name, _)| *name);
        let kernel = names
            .chain(["PARAMS"])
            .enumerate()
            .map(|(number, name)| (name, number.to_string()))
            .chain(self.constants)
            .fold(
                Kernel::new(&self.sources, workgroup),
                |kernel, (name, value)| kernel.constant(name, value),
            );
        let tensors = |list: &[(&'static str, &'a CubeTensor)]| -> Vec<&'a CubeTensor> {
            list.iter().map(|(_, tensor)| *tensor).collect()
        };
        kernel.launch(
            groups,
            &tensors(&self.inputs),
            &tensors(&self.outputs),
            params,
        );
    }
}
