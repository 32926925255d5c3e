use burn::backend::flex::FlexTensor;

use crate::cpu::{contiguous, dims, floats, ints};

pub(crate) fn append(cache: FlexTensor, new: FlexTensor, total: &FlexTensor) -> FlexTensor {
    let (mut cache, new) = (whole(cache), contiguous(new));
    let [_, _, slots, d] = dims(&cache);
    let len = dims::<4>(&new)[2];
    let before = ints(total)[0] - len as i64;
    // Rows before this one are overwritten by later ones.
    let first = len.saturating_sub(slots);
    let rings = cache.storage_mut::<f32>().chunks_exact_mut(slots * d);
    for (ring, new) in rings.zip(floats(&new).chunks_exact(len * d)) {
        for (row, new) in new.chunks_exact(d).enumerate().skip(first) {
            let slot = (before + row as i64).rem_euclid(slots as i64) as usize;
            ring[slot * d..][..d].copy_from_slice(new);
        }
    }
    cache
}

/// The tensor as the only view of its storage, which `storage_mut` hands out whole.
fn whole(tensor: FlexTensor) -> FlexTensor {
    let elements = tensor.layout().num_elements();
    let covers = tensor.layout().contiguous_offsets() == Some((0, elements))
        && tensor.bytes().len() == elements * 4;
    if covers {
        tensor
    } else {
        FlexTensor::from_data(tensor.into_data())
    }
}
