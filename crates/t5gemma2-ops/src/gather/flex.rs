use burn::backend::Flex;
use burn::backend::flex::FlexTensor;

use crate::Storage;
use crate::backend::GatherSpec;
use crate::cpu::rows::widen;
use crate::cpu::{contiguous, floats, ints, tensor, words};
use crate::stored::Stored;

pub(crate) fn gather(
    ids: &FlexTensor,
    weights: &Stored<Flex>,
    special: Option<FlexTensor>,
    spec: GatherSpec,
) -> FlexTensor {
    let mut rows = gathered(ids, weights, spec);
    let special = special.map(contiguous);
    let special = spec.special.zip(special.as_ref());
    let values = rows.storage_mut::<f32>();
    for (id, row) in ints(ids).iter().zip(values.chunks_exact_mut(spec.cols)) {
        match special {
            Some((special, own)) if *id == i64::from(special) => row.copy_from_slice(floats(own)),
            _ if spec.scale != 1.0 => row.iter_mut().for_each(|value| *value *= spec.scale),
            _ => {}
        }
    }
    rows
}

fn gathered(ids: &FlexTensor, weights: &Stored<Flex>, spec: GatherSpec) -> FlexTensor {
    match weights {
        Stored::F32(shards) => gather_f32(ids, shards, spec),
        Stored::Packed {
            storage,
            words,
            scales,
        } => gather_packed(ids, *storage, words, scales, spec),
    }
}

fn gather_f32(ids: &FlexTensor, shards: &[FlexTensor], spec: GatherSpec) -> FlexTensor {
    let cols = spec.cols;
    copy_rows(ids, spec, |shard, row, out| {
        out.copy_from_slice(&floats(&shards[shard])[row * cols..][..cols])
    })
}

fn gather_packed(
    ids: &FlexTensor,
    storage: Storage,
    shards: &[FlexTensor],
    scales: &[FlexTensor],
    spec: GatherSpec,
) -> FlexTensor {
    let row_words = storage.row_words(spec.cols);
    let scale_words = storage.scale_words(spec.cols);
    copy_rows(ids, spec, |shard, row, out| {
        let scales = scales.get(shard).map_or(&[][..], words);
        widen(
            storage,
            &words(&shards[shard])[row * row_words..][..row_words],
            &scales[row * scale_words..][..scale_words],
            out,
        )
    })
}

fn copy_rows(
    ids: &FlexTensor,
    spec: GatherSpec,
    copy: impl Fn(usize, usize, &mut [f32]),
) -> FlexTensor {
    let ids = ints(ids);
    let mut out = vec![0.0; ids.len() * spec.cols];
    for (&id, out) in ids.iter().zip(out.chunks_exact_mut(spec.cols)) {
        let id = id as usize;
        copy(id / spec.rows_per_shard, id % spec.rows_per_shard, out);
    }
    tensor(out, [ids.len(), spec.cols])
}
