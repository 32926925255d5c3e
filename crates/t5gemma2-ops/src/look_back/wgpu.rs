use burn::backend::wgpu::CubeTensor;

use super::LookBack;
use crate::gpu::{self, Kernel};

/// A workgroup a row.
pub(crate) fn look_back(
    logits: CubeTensor,
    sequence: CubeTensor,
    history: CubeTensor,
    words: Option<CubeTensor>,
    rules: LookBack,
) -> (CubeTensor, CubeTensor) {
    let logits = gpu::writable(gpu::floats(logits));
    let sequence = gpu::writable(gpu::ints(sequence));
    let history = gpu::ints(history);
    let words = words.map(gpu::ints);
    let [rows, cols] = gpu::dims(&logits);
    let [_, room] = gpu::dims(&sequence);
    let [_, width] = gpu::dims(&history);
    let [count, word] = words.as_ref().map_or([0, 0], gpu::dims);
    Kernel::new(&[include_str!("kernel.wgsl")], 256).launch(
        gpu::fold(rows),
        // The history stands in for absent words: something must be bound.
        &[&history, words.as_ref().unwrap_or(&history)],
        &[&logits, &sequence],
        &[
            rows.into(),
            cols.into(),
            (width - 2).into(),
            rules.prompt.into(),
            room.into(),
            rules.penalty.into(),
            rules.ngram.into(),
            count.into(),
            word.into(),
        ],
    );
    (logits, sequence)
}
