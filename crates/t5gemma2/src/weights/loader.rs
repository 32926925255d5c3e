//! Takes a checkpoint's files as they stream in.

use burn::tensor::Device;
use std::collections::{HashMap, HashSet};
use t5gemma2_ops::{MatrixError, Storage, make_room};

use super::Dtype;
use super::header::{StoredDtype, StoredTensor, parse_head};
use super::names::{canonical, ignorable};
use super::schema::{Layout, Part, Slot, SlotPart, Task, slots};
use super::slot::{SlotBuilder, Stored, Weights};
use crate::config::Config;
use crate::error::{Error, Result};

/// Loads one part of a model: [`add_file`](Self::add_file) for every file, one [`plan`](Self::plan), then
/// [`push`](Self::push) until the plan's ranges have come.
///
/// Memory beyond the finished weights stays within one shard of a matrix and the slots under way: a matrix goes to the
/// device in row blocks, and a checkpoint keeps the parts of one slot close together.
pub struct Loader {
    part: Part,
    dtype: Dtype,
    device: Device,
    slots: Vec<LoadingSlot>,
    /// Canonical name -> slot and part of it.
    index: HashMap<String, (usize, usize)>,
    /// Canonical names of every part and task; those of others are passed over.
    known: HashSet<String>,
    files: Vec<File>,
    planned: bool,
    /// What makes the part impossible, whatever the files hold.
    unfit: Option<Error>,
}

struct LoadingSlot {
    slot: Slot,
    builder: Option<SlotBuilder>,
    parts_left: usize,
    stored: Option<Stored>,
}

struct File {
    name: String,
    tensors: Vec<StoredTensor>,
    /// The tensors to be read, in file order.
    wanted: Vec<Incoming>,
}

/// A tensor on its way.
struct Incoming {
    slot: usize,
    /// First element within the slot.
    offset: usize,
    name: String,
    dtype: StoredDtype,
    begin: u64,
    end: u64,
    received: u64,
}

/// What to read, and what to know about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Ranges to push, file by file, in the order of their offsets.
    pub ranges: Vec<Range>,
    /// Tensors that the checkpoint has and the oracle would not use.
    pub warnings: Vec<String>,
    /// Bytes that the weights will take in memory.
    pub weight_bytes: u64,
}

/// A range of bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Index of the file in the order of `add_file`.
    pub file: usize,
    /// First byte, from the start of the file.
    pub begin: u64,
    /// Past the last byte.
    pub end: u64,
}

impl Loader {
    /// A loader of one part of a model, with matrices kept as `dtype` on `device`.
    pub fn new(config: &Config, part: Part, dtype: Dtype, device: &Device) -> Self {
        let parts = Task::ALL.map(Part::Text).into_iter().chain([Part::Vision]);
        let known = parts
            .flat_map(|part| slots(config, part))
            .flat_map(|slot| slot.parts)
            .map(|part| part.name)
            .collect();
        let slots: Vec<_> = slots(config, part)
            .into_iter()
            .map(|slot| LoadingSlot {
                builder: None,
                parts_left: slot.parts.len(),
                stored: None,
                slot,
            })
            .collect();
        let index = slots
            .iter()
            .enumerate()
            .flat_map(|(i, loading)| {
                loading
                    .slot
                    .parts
                    .iter()
                    .enumerate()
                    .map(move |(j, part)| (part.name.clone(), (i, j)))
            })
            .collect();
        Self {
            part,
            dtype,
            device: device.clone(),
            slots,
            index,
            known,
            files: Vec::new(),
            planned: false,
            unfit: match part {
                Part::Vision => config.check_pooling().err(),
                Part::Text(_) => None,
            },
        }
    }

    /// Add a file: `head` is its first 8 bytes and the JSON they announce, `size` the bytes of the whole file.
    ///
    /// # Errors
    /// [`Error::Load`] where the head is not that of a sound safetensors file.
    pub fn add_file(&mut self, name: &str, head: &[u8], size: u64) -> Result<()> {
        let tensors = parse_head(name, head, size)?;
        self.files.push(File {
            name: name.to_string(),
            tensors,
            wanted: Vec::new(),
        });
        Ok(())
    }

    /// Match what the files hold with what the configuration asks for.
    ///
    /// # Errors
    /// [`Error::Load`] that lists every missing, surplus, repeated and wrongly shaped tensor; [`Error::Config`] where patches
    /// don't make the tokens of a picture.
    pub fn plan(&mut self) -> Result<Plan> {
        if let Some(error) = self.unfit.take() {
            return Err(error);
        }
        let mut problems = Vec::new();
        let mut warnings = Vec::new();
        let mut found: HashMap<&str, &str> = HashMap::new();
        let mut wanted: Vec<Vec<Incoming>> = Vec::new();
        let names: Vec<Vec<String>> = self
            .files
            .iter()
            .map(|file| file.tensors.iter().map(|t| canonical(&t.name)).collect())
            .collect();
        for (file, names) in self.files.iter().zip(&names) {
            let mut incoming = Vec::new();
            for (tensor, name) in file.tensors.iter().zip(names) {
                let Some(&(slot, part)) = self.index.get(name) else {
                    if ignorable(name) {
                        warnings.push(format!("{} is not used", tensor.name));
                    } else if !self.known.contains(name) {
                        problems.push(format!("surplus {} in {}", tensor.name, file.name));
                    }
                    continue;
                };
                if let Some(first) = found.insert(name, &file.name) {
                    problems.push(format!(
                        "repeated {} in {} and {}",
                        tensor.name, first, file.name
                    ));
                }
                let part = &self.slots[slot].slot.parts[part];
                if part.shape != tensor.shape {
                    problems.push(format!(
                        "{} has shape {:?} instead of {:?}",
                        tensor.name, tensor.shape, part.shape
                    ));
                }
                incoming.push(Incoming::new(slot, part, tensor));
            }
            wanted.push(incoming);
        }
        let missing = |part: &&SlotPart| !found.contains_key(part.name.as_str());
        for LoadingSlot { slot, .. } in &self.slots {
            let absent: Vec<_> = slot
                .parts
                .iter()
                .filter(missing)
                .map(|part| format!("missing {}", part.name))
                .collect();
            if !slot.optional || absent.len() < slot.parts.len() {
                problems.extend(absent);
            }
        }
        if !problems.is_empty() {
            let files: Vec<_> = self.files.iter().map(|file| file.name.as_str()).collect();
            let reason = format!("does not fit the configuration: {}", problems.join("; "));
            return Err(Error::load(
                if files.is_empty() {
                    "no file".into()
                } else {
                    files.join(", ")
                },
                reason,
            ));
        }
        let weight_bytes = wanted
            .iter()
            .flatten()
            .map(|tensor| {
                let elements = (tensor.end - tensor.begin) / tensor.dtype.bytes();
                let slot = &self.slots[tensor.slot].slot;
                match slot.layout {
                    Layout::Dense => elements * 4,
                    Layout::Matrix | Layout::Transposed => {
                        let cols = slot.shape[1];
                        elements / cols as u64 * Storage::from(self.dtype).row_bytes(cols) as u64
                    }
                }
            })
            .sum();
        let mut ranges: Vec<Range> = Vec::new();
        for (file, wanted) in wanted.iter().enumerate() {
            for tensor in wanted.iter().filter(|tensor| tensor.end > tensor.begin) {
                match ranges.last_mut() {
                    Some(last) if last.file == file && last.end == tensor.begin => {
                        last.end = tensor.end
                    }
                    _ => ranges.push(Range {
                        file,
                        begin: tensor.begin,
                        end: tensor.end,
                    }),
                }
            }
        }
        for (file, wanted) in self.files.iter_mut().zip(wanted) {
            file.wanted = wanted;
        }
        self.planned = true;
        if self.device == Device::flex() {
            // JavaScript engines collect garbage each time a memory grows: it does so once.
            make_room(usize::try_from(weight_bytes).unwrap_or(usize::MAX));
        }
        Ok(Plan {
            ranges,
            warnings,
            weight_bytes,
        })
    }

    /// Take bytes of a file that begin at `offset`; chunks of any size, in order within each range of the plan.
    ///
    /// # Errors
    /// [`Error::Load`] for bytes that the plan did not ask for or that come out of order.
    pub fn push(&mut self, file: usize, offset: u64, bytes: &[u8]) -> Result<()> {
        let Self {
            files,
            slots,
            dtype,
            device,
            ..
        } = self;
        let Some(File {
            name: file, wanted, ..
        }) = files.get_mut(file)
        else {
            return Err(Error::load(format!("file {file}"), "was never added"));
        };
        let mut offset = offset;
        let mut bytes = bytes;
        while !bytes.is_empty() {
            let at = wanted.partition_point(|tensor| tensor.end <= offset);
            let tensor = wanted
                .get_mut(at)
                .filter(|tensor| tensor.begin + tensor.received == offset)
                .ok_or_else(|| {
                    Error::load(
                        file.as_str(),
                        format!("sent bytes at {offset} that were not expected there"),
                    )
                })?;
            let taken = bytes.len().min((tensor.end - offset) as usize);
            let loading = &mut slots[tensor.slot];
            let builder = loading
                .builder
                .get_or_insert_with(|| SlotBuilder::new(&loading.slot, *dtype, device));
            let fail =
                |error: MatrixError| Error::load(&**file, format!("{} {error}", tensor.name));
            builder
                .write(
                    tensor.offset,
                    tensor.received as usize,
                    &bytes[..taken],
                    tensor.dtype,
                )
                .map_err(fail)?;
            tensor.received += taken as u64;
            if tensor.is_complete() {
                loading.parts_left -= 1;
                if loading.parts_left == 0
                    && let Some(builder) = loading.builder.take()
                {
                    let stored = builder.finish(&loading.slot, *dtype, device);
                    loading.stored = Some(stored.map_err(fail)?);
                }
            }
            offset += taken as u64;
            bytes = &bytes[taken..];
        }
        Ok(())
    }

    /// Which part this loads.
    pub fn part(&self) -> Part {
        self.part
    }

    /// The weights, once everything has come.
    pub(crate) fn finish(self) -> Result<Weights> {
        if !self.planned {
            return Err(Error::load(
                "weights",
                "were not planned: call plan() and push its ranges first",
            ));
        }
        for file in &self.files {
            if let Some(tensor) = file.wanted.iter().find(|tensor| !tensor.is_complete()) {
                let reason = format!(
                    "ended early: {} has {} of its {} bytes",
                    tensor.name,
                    tensor.received,
                    tensor.end - tensor.begin
                );
                return Err(Error::load(file.name.as_str(), reason));
            }
        }
        let slots = self
            .slots
            .into_iter()
            .filter_map(|loading| Some((loading.slot.key, loading.stored?)))
            .collect();
        Ok(Weights { slots })
    }
}

impl Incoming {
    fn new(slot: usize, part: &SlotPart, tensor: &StoredTensor) -> Self {
        Self {
            slot,
            offset: part.offset,
            name: tensor.name.clone(),
            dtype: tensor.dtype,
            begin: tensor.begin,
            end: tensor.end,
            received: 0,
        }
    }

    fn is_complete(&self) -> bool {
        self.begin + self.received == self.end
    }
}
