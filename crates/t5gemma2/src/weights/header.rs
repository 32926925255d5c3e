//! The head of a safetensors file: <https://github.com/huggingface/safetensors#format>.
//!
//! The `safetensors` crate keeps offsets in `usize`, which on wasm32 refuses shards above 4 GiB, and does not name the
//! tensor whose size is wrong.

use serde::Deserialize;
use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// Longest header that the format allows, in bytes.
const MAX_HEADER_BYTES: u64 = 100_000_000;

/// Element type of a stored tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoredDtype {
    F32,
    F16,
    Bf16,
}

impl StoredDtype {
    pub fn bytes(self) -> u64 {
        match self {
            StoredDtype::F32 => 4,
            StoredDtype::F16 | StoredDtype::Bf16 => 2,
        }
    }
}

/// Where one tensor lies in its file.
#[derive(Debug, Clone)]
pub(crate) struct StoredTensor {
    pub name: String,
    pub dtype: StoredDtype,
    pub shape: Vec<usize>,
    /// First byte, counted from the start of the file.
    pub begin: u64,
    /// Past the last byte, counted from the start of the file.
    pub end: u64,
}

#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

/// Parse and check a head: `head` is the 8 bytes of length and the JSON after them, `size` the whole file's bytes.
///
/// # Errors
/// [`Error::Load`] that names the file and the tensor: a length that can't be, JSON that isn't, an unknown dtype, a shape
/// that does not match its bytes, and offsets that overlap, leave gaps or reach outside of the file.
pub(crate) fn parse_head(file: &str, head: &[u8], size: u64) -> Result<Vec<StoredTensor>> {
    let fail = |reason: String| Error::load(file, reason);
    let length: [u8; 8] = head
        .get(..8)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| fail("is shorter than the 8 bytes that begin a safetensors file".into()))?;
    let length = u64::from_le_bytes(length);
    if length > MAX_HEADER_BYTES || length + 8 > size {
        return Err(fail(format!(
            "claims a header of {length} bytes in a file of {size}; it is damaged or not safetensors"
        )));
    }
    if head.len() as u64 != length + 8 {
        return Err(fail(format!(
            "claims a header of {length} bytes but {} came",
            head.len() - 8
        )));
    }
    let entries: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&head[8..])
        .map_err(|e| fail(format!("has a header that is not a JSON object: {e}")))?;
    let data = length + 8;
    let mut tensors = Vec::with_capacity(entries.len());
    for (name, value) in entries {
        if name == "__metadata__" {
            continue;
        }
        let entry: Entry = serde_json::from_value(value)
            .map_err(|e| fail(format!("describes {name} wrongly: {e}")))?;
        let dtype = match entry.dtype.as_str() {
            "F32" => StoredDtype::F32,
            "F16" => StoredDtype::F16,
            "BF16" => StoredDtype::Bf16,
            other => {
                return Err(fail(format!(
                    "stores {name} as {other}; F32, F16 and BF16 can be loaded"
                )));
            }
        };
        let (begin, end) = entry.data_offsets;
        let wanted = entry
            .shape
            .iter()
            .try_fold(dtype.bytes(), |bytes, &n| bytes.checked_mul(n));
        if end < begin || wanted != Some(end - begin) {
            return Err(fail(format!(
                "gives {name} the bytes {begin} to {end}, which do not fit {} of shape {:?}",
                entry.dtype, entry.shape
            )));
        }
        if end > size - data {
            return Err(fail(format!(
                "gives {name} the bytes {begin} to {end}, outside of its {} of data",
                size - data
            )));
        }
        let shape = entry.shape.iter().map(|&n| n as usize).collect();
        tensors.push(StoredTensor {
            name,
            dtype,
            shape,
            begin: data + begin,
            end: data + end,
        });
    }
    tensors.sort_by_key(|tensor| (tensor.begin, tensor.end));
    let mut next = data;
    for tensor in &tensors {
        if tensor.begin != next {
            let how = if tensor.begin < next {
                "overlaps the tensor before it"
            } else {
                "leaves a gap before it"
            };
            return Err(fail(format!("gives {} an offset that {how}", tensor.name)));
        }
        next = tensor.end;
    }
    if next != size {
        return Err(fail(format!(
            "holds {size} bytes but its tensors end at {next}; it is truncated or damaged"
        )));
    }
    Ok(tensors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(json: &str) -> Vec<u8> {
        [&(json.len() as u64).to_le_bytes()[..], json.as_bytes()].concat()
    }

    fn failure(json: &str, data: u64) -> String {
        let head = head(json);
        let error = parse_head("m.safetensors", &head, head.len() as u64 + data).unwrap_err();
        assert_eq!(error.code(), "LoadError");
        error.to_string()
    }

    #[test]
    fn reads_offsets_from_the_start_of_the_file() {
        let head = head(
            r#"{"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[3],"data_offsets":[8,14]},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}"#,
        );
        let tensors = parse_head("m", &head, head.len() as u64 + 14).unwrap();
        assert_eq!(
            tensors.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(),
            ["a", "b"]
        );
        assert_eq!(tensors[0].begin, head.len() as u64);
        assert_eq!(tensors[1].end, head.len() as u64 + 14);
    }

    #[test]
    fn names_what_lies() {
        let cases = [
            (
                r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
                12,
                "b an offset that overlaps",
            ),
            (
                r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
                8,
                "a an offset that leaves a gap",
            ),
            (
                r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
                4,
                "a the bytes 0 to 8, outside",
            ),
            (
                r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
                9,
                "truncated or damaged",
            ),
            (
                r#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
                8,
                "do not fit F32 of shape [3]",
            ),
            (
                r#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}"#,
                8,
                "do not fit",
            ),
            (
                r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#,
                8,
                "do not fit",
            ),
            (
                r#"{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#,
                8,
                "a as I64",
            ),
            (
                r#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}}"#,
                8,
                "describes a wrongly",
            ),
            (r#"{"a":1}"#, 8, "describes a wrongly"),
            (r#"[1]"#, 0, "not a JSON object"),
        ];
        for (json, data, expected) in cases {
            let message = failure(json, data);
            assert!(message.contains(expected), "{json}: {message}");
        }
    }

    #[test]
    fn refuses_lengths_that_cannot_be() {
        for head in [
            vec![1, 2, 3],
            u64::MAX.to_le_bytes().to_vec(),
            90_000_000u64.to_le_bytes().to_vec(),
        ] {
            assert_eq!(parse_head("m", &head, 64).unwrap_err().code(), "LoadError");
        }
        let short = head("{}");
        assert!(parse_head("m", &short[..9], 64).is_err());
    }
}
