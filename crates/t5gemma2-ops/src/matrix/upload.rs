//! What of a matrix is on the device.

use burn::tensor::{Int, Tensor};

use super::{Shards, Storage};

/// Rows on the device: a shard, or a part of one.
pub(super) enum Shard {
    F32(Tensor<2>),
    Packed {
        words: Tensor<2, Int>,
        scales: Option<Tensor<2, Int>>,
    },
}

enum Part {
    Missing,
    Here(Shard),
    Joined,
}

/// Parts as they come; those of a shard are joined as soon as all are there, so that the memory of theirs serves the next.
pub(super) struct Uploads {
    parts: Vec<Part>,
    shard_parts: usize,
    shards: Vec<Option<Shard>>,
}

impl Uploads {
    /// `parts` are to come, `shard_parts` of them for each shard but the last.
    pub fn new(parts: usize, shard_parts: usize) -> Self {
        let shards = parts.div_ceil(shard_parts);
        Self {
            parts: (0..parts).map(|_| Part::Missing).collect(),
            shard_parts,
            shards: (0..shards).map(|_| None).collect(),
        }
    }

    pub fn shard_parts(&self) -> usize {
        self.shard_parts
    }

    pub fn has(&self, part: usize) -> bool {
        !matches!(self.parts[part], Part::Missing)
    }

    pub fn missing(&self) -> impl Iterator<Item = usize> {
        (0..self.parts.len()).filter(|&part| !self.has(part))
    }

    pub fn add(&mut self, part: usize, rows: Shard) {
        self.parts[part] = Part::Here(rows);
        let shard = part / self.shard_parts;
        let first = shard * self.shard_parts;
        let of_shard = first..self.parts.len().min(first + self.shard_parts);
        if of_shard.clone().all(|part| self.has(part)) {
            let taken = self.parts[of_shard]
                .iter_mut()
                .filter_map(|part| match std::mem::replace(part, Part::Joined) {
                    Part::Here(rows) => Some(rows),
                    Part::Missing | Part::Joined => None,
                });
            self.shards[shard] = join(taken.collect());
        }
    }

    /// The shards, once nothing is missing.
    pub fn into_shards(self, storage: Storage) -> Shards {
        let Tensors {
            floats,
            words,
            scales,
        } = self.shards.into_iter().flatten().collect();
        match storage {
            Storage::F32 => Shards::F32(floats),
            storage => Shards::Packed {
                storage,
                words,
                scales,
            },
        }
    }
}

/// Rows one below the other.
fn join(mut parts: Vec<Shard>) -> Option<Shard> {
    if parts.len() < 2 {
        return parts.pop();
    }
    let Tensors {
        floats,
        words,
        scales,
    } = parts.into_iter().collect();
    Some(if words.is_empty() {
        Shard::F32(Tensor::cat(floats, 0))
    } else {
        Shard::Packed {
            words: Tensor::cat(words, 0),
            scales: (!scales.is_empty()).then(|| Tensor::cat(scales, 0)),
        }
    })
}

/// The tensors of several shards or parts.
#[derive(Default)]
struct Tensors {
    floats: Vec<Tensor<2>>,
    words: Vec<Tensor<2, Int>>,
    scales: Vec<Tensor<2, Int>>,
}

impl FromIterator<Shard> for Tensors {
    fn from_iter<I: IntoIterator<Item = Shard>>(all: I) -> Self {
        let mut tensors = Self::default();
        for each in all {
            match each {
                Shard::F32(values) => tensors.floats.push(values),
                Shard::Packed { words, scales } => {
                    tensors.words.push(words);
                    tensors.scales.extend(scales);
                }
            }
        }
        tensors
    }
}
