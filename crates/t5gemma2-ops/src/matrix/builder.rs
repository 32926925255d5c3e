use std::collections::BTreeMap;

use burn::tensor::{Bytes, DType, Device, Tensor, TensorData};

use super::convert::{SourceType, halve, narrow, widen};
use super::staging::Staging;
use super::upload::{Shard, Uploads};
use super::{BLOCK, Matrix, MatrixError, PART_BYTES, Storage, block, shard_parts};

/// An element whose bytes came in two chunks.
struct Partial {
    source: SourceType,
    bytes: [u8; 4],
    have: u8,
}

/// A part of a shard on the host, words as [`Storage`] says.
struct Open {
    words: Vec<u32>,
    scales: Vec<u32>,
    written: usize,
}

impl Open {
    /// Makes zeros of what is before the end of a row: just before it is written, so that both happen in a cache.
    fn reach(&mut self, row: usize, words: usize, scales: usize) {
        let end = (row + 1) * words;
        if self.words.len() < end {
            self.words.resize(end, 0);
            self.scales.resize((row + 1) * scales, 0);
        }
    }
}

/// Fills a [`Matrix`] from byte chunks of any size, in any order, and moves every part to the device as soon as its
/// last element has come: the host never holds more than the parts being written.
///
/// f32 from any source and bf16 and f16 from themselves are lossless; bf16 and f16 from others round to nearest even.
/// q8 and q4 are quantised block by block, as soon as a block has come.
pub struct MatrixBuilder {
    rows: usize,
    cols: usize,
    storage: Storage,
    rows_per_part: usize,
    device: Device,
    open: BTreeMap<usize, Open>,
    partial: BTreeMap<usize, Partial>,
    staging: Staging,
    uploads: Uploads,
}

impl MatrixBuilder {
    /// A builder for `[rows, cols]`, neither of them 0.
    pub fn new(rows: usize, cols: usize, storage: Storage, device: &Device) -> Self {
        Self::in_parts(rows, cols, storage, device, PART_BYTES, shard_parts(device))
    }

    /// The same with other sizes, so that tests cross borders with small matrices.
    pub(crate) fn in_parts(
        rows: usize,
        cols: usize,
        storage: Storage,
        device: &Device,
        part_bytes: usize,
        shard_parts: usize,
    ) -> Self {
        assert!(
            rows > 0 && cols > 0,
            "matrix: {rows} x {cols} has no element"
        );
        let rows_per_part = (part_bytes / (storage.row_words(cols) * 4)).clamp(1, rows);
        Self {
            rows,
            cols,
            storage,
            rows_per_part,
            device: device.clone(),
            open: BTreeMap::new(),
            partial: BTreeMap::new(),
            staging: Staging::default(),
            uploads: Uploads::new(rows.div_ceil(rows_per_part), shard_parts),
        }
    }

    /// Write a chunk of a source tensor that is laid over the matrix from element `first` on (row x cols + column):
    /// `bytes` start `byte_offset` bytes into that tensor. Chunk borders may fall anywhere, inside an element too.
    /// Each byte must come once.
    ///
    /// # Errors
    /// [`MatrixError::OutOfRange`], [`MatrixError::Overlap`], [`MatrixError::MixedSource`], [`MatrixError::Unfit`]; the
    /// builder is then good for nothing but dropping.
    pub fn write(
        &mut self,
        first: usize,
        byte_offset: usize,
        bytes: &[u8],
        source: SourceType,
    ) -> Result<(), MatrixError> {
        let size = source.size();
        let elements = self.rows * self.cols;
        let end = byte_offset
            .checked_add(bytes.len())
            .and_then(|end| end.div_ceil(size).checked_add(first))
            .unwrap_or(usize::MAX);
        if end > elements {
            return Err(MatrixError::OutOfRange { end, elements });
        }
        let mut bytes = bytes;
        let mut element = first + byte_offset / size;
        let inside = byte_offset % size;
        if inside != 0 {
            let (head, rest) = bytes.split_at(bytes.len().min(size - inside));
            self.part(element, inside, head, source)?;
            bytes = rest;
            element += 1;
        }
        let (whole, tail) = bytes.split_at(bytes.len() / size * size);
        self.whole(element, whole, source)?;
        self.part(element + whole.len() / size, 0, tail, source)
    }

    /// Keep a part of an element until the rest has come.
    fn part(
        &mut self,
        element: usize,
        at: usize,
        bytes: &[u8],
        source: SourceType,
    ) -> Result<(), MatrixError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let fresh = Partial {
            source,
            bytes: [0; 4],
            have: 0,
        };
        let part = self.partial.entry(element).or_insert(fresh);
        if part.source != source {
            return Err(MatrixError::MixedSource {
                expected: part.source,
                got: source,
            });
        }
        for (index, &byte) in bytes.iter().enumerate() {
            let bit = 1 << (at + index);
            if part.have & bit != 0 {
                return Err(MatrixError::Overlap {
                    part: element / self.cols / self.rows_per_part,
                });
            }
            part.have |= bit;
            part.bytes[at + index] = byte;
        }
        let size = source.size();
        if part.have.count_ones() as usize == size {
            let whole = part.bytes;
            self.partial.remove(&element);
            self.whole(element, &whole[..size], source)?;
        }
        Ok(())
    }

    fn whole(&mut self, first: usize, bytes: &[u8], source: SourceType) -> Result<(), MatrixError> {
        let size = source.size();
        let (mut element, mut bytes) = (first, bytes);
        while !bytes.is_empty() {
            let (row, col) = (element / self.cols, element % self.cols);
            let mut take = self.as_they_are(row, col, bytes, source)?;
            if take == 0 {
                take = (bytes.len() / size).min(self.cols - col);
                self.row(row, col, &bytes[..take * size], source)?;
            }
            element += take;
            bytes = &bytes[take * size..];
        }
        Ok(())
    }

    /// Take whole rows that are stored as they come, if they are the next ones of a part; how many elements.
    fn as_they_are(
        &mut self,
        row: usize,
        col: usize,
        bytes: &[u8],
        source: SourceType,
    ) -> Result<usize, MatrixError> {
        let (part, inside) = (row / self.rows_per_part, row % self.rows_per_part);
        let cols = self.cols;
        let words = self.storage.row_words(cols);
        if col > 0 || !self.storage.keeps(source) || words * 4 != cols * source.size() {
            return Ok(0);
        }
        let rows = self.part_rows(part);
        let count = (bytes.len() / (words * 4)).min(rows - inside);
        let (open, _) = self.open_part(part)?;
        if open.words.len() != inside * words {
            return Ok(0);
        }
        let (whole, _) = bytes[..count * words * 4].as_chunks();
        let whole = whole.iter().map(|&word| u32::from_le_bytes(word));
        open.words.extend(whole);
        open.written += count * cols;
        if open.written >= rows * cols {
            self.freeze(part, rows);
        }
        Ok(count * cols)
    }

    /// A part that is not complete, and the blocks on their way.
    fn open_part(&mut self, part: usize) -> Result<(&mut Open, &mut Staging), MatrixError> {
        if self.uploads.has(part) {
            return Err(MatrixError::Overlap { part });
        }
        let rows = self.part_rows(part);
        let words = self.storage.row_words(self.cols);
        let scales = self.storage.scale_words(self.cols);
        let open = self.open.entry(part).or_insert_with(|| Open {
            words: Vec::with_capacity(rows * words),
            scales: Vec::with_capacity(rows * scales),
            written: 0,
        });
        Ok((open, &mut self.staging))
    }

    fn part_rows(&self, part: usize) -> usize {
        self.rows_per_part
            .min(self.rows - part * self.rows_per_part)
    }

    fn row(
        &mut self,
        row: usize,
        col: usize,
        bytes: &[u8],
        source: SourceType,
    ) -> Result<(), MatrixError> {
        let part = row / self.rows_per_part;
        let rows = self.part_rows(part);
        let (cols, storage) = (self.cols, self.storage);
        let (words, scales) = (storage.row_words(cols), storage.scale_words(cols));
        let inside = row % self.rows_per_part;
        let (open, staging) = self.open_part(part)?;
        open.reach(inside, words, scales);
        let target = &mut open.words[inside * words..][..words];
        match storage {
            Storage::F32 => widen(bytes, source, bytemuck::cast_slice_mut(&mut target[col..])),
            Storage::Bf16 => narrow(bytes, source, &mut bytemuck::cast_slice_mut(target)[col..]),
            Storage::F16 => halve(bytes, source, &mut bytemuck::cast_slice_mut(target)[col..])?,
            Storage::Q8 | Storage::Q4 => {
                let scales = &mut open.scales[inside * scales..][..scales];
                let (target, scales) = (
                    bytemuck::cast_slice_mut::<_, u8>(target),
                    bytemuck::cast_slice_mut::<_, u16>(scales),
                );
                let size = source.size();
                let (mut col, mut bytes) = (col, bytes);
                // The usual case: whole blocks, none of which has begun to come before.
                if staging.is_empty() && col.is_multiple_of(BLOCK) {
                    let first = col / BLOCK;
                    let (blocks, rest) =
                        bytes.split_at(bytes.len() / (BLOCK * size) * (BLOCK * size));
                    block::quantise(blocks, source, storage, first, target, scales)?;
                    col += blocks.len() / size;
                    bytes = rest;
                }
                while !bytes.is_empty() {
                    let (number, at) = (col / BLOCK, col % BLOCK);
                    let block_size = BLOCK.min(cols - number * BLOCK);
                    let take = (bytes.len() / size).min(block_size - at);
                    let (now, rest) = bytes.split_at(take * size);
                    let mut values = [0.0; BLOCK];
                    widen(now, source, &mut values);
                    let id = row * scales.len() + number;
                    let whole = staging.add(id, block_size, at, &values[..take]);
                    if let Some(values) = whole.map_err(|()| MatrixError::Overlap { part })? {
                        block::store(&values, storage, number, target, scales)?;
                    }
                    col += take;
                    bytes = rest;
                }
            }
        }
        open.written += bytes.len() / source.size();
        if open.written >= rows * cols {
            self.freeze(part, rows);
        }
        Ok(())
    }

    fn freeze(&mut self, part: usize, rows: usize) {
        let Some(open) = self.open.remove(&part) else {
            return;
        };
        let shape = [rows, self.storage.row_words(self.cols)];
        let words = Bytes::from_elems(open.words);
        let shard = if self.storage == Storage::F32 {
            let data = TensorData::from_bytes(words, shape, DType::F32);
            Shard::F32(Tensor::from_data(data, (&self.device, DType::F32)))
        } else {
            let upload = |bytes, shape| {
                let data = TensorData::from_bytes(bytes, shape, DType::U32);
                Tensor::from_data(data, (&self.device, DType::U32))
            };
            let scales = self.storage.scale_words(self.cols);
            Shard::Packed {
                words: upload(words, shape),
                scales: (scales > 0)
                    .then(|| upload(Bytes::from_elems(open.scales), [rows, scales])),
            }
        };
        self.uploads.add(part, shard);
        // Until it is flushed, what goes to a GPU stays on the host. A lost device says so when something is read.
        let _ = self.device.flush();
    }

    /// The matrix.
    ///
    /// # Errors
    /// [`MatrixError::Incomplete`] when elements are missing.
    pub fn finish(self) -> Result<Matrix, MatrixError> {
        let missing: usize = self
            .uploads
            .missing()
            .map(|part| {
                let written = self.open.get(&part).map_or(0, |open| open.written);
                self.part_rows(part) * self.cols - written
            })
            .sum();
        if missing > 0 {
            return Err(MatrixError::Incomplete { missing });
        }
        Ok(Matrix::from_shards(
            self.rows,
            self.cols,
            (self.rows_per_part * self.uploads.shard_parts()).min(self.rows),
            self.uploads.into_shards(self.storage),
        ))
    }
}
