//! Every picture file of `test/fixtures/pictures` against what the official loader and processor made of it, and what becomes of
//! damaged files.

mod damage;
mod parity;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::*;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../test/fixtures/pictures")
}

pub(super) fn read(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

pub(super) fn cases() -> Value {
    serde_json::from_slice(&read("cases.json")).expect("cases.json")
}

pub(super) fn files() -> Vec<String> {
    serde_json::from_value(cases()["files"].clone()).expect("files")
}

pub(super) fn of_kind(kind: &str) -> Vec<Value> {
    cases()["cases"]
        .as_array()
        .expect("cases")
        .iter()
        .filter(|c| c["kind"] == kind)
        .cloned()
        .collect()
}

pub(super) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} in {value}"))
}

/// The case's options with the values left as bytes, if asked.
pub(super) fn options(case: &Value, bytes: bool) -> Options {
    let mut json = case["options"].clone();
    if bytes {
        json["do_rescale"] = false.into();
        json["do_normalize"] = false.into();
    }
    Options::from_json(&json.to_string()).expect("options")
}

/// `[3, height, width]` values that are bytes, as `[height, width, 3]`.
pub(super) fn interleaved(values: &[f32]) -> Vec<u8> {
    let plane = values.len() / 3;
    (0..plane)
        .flat_map(|i| [0, 1, 2].map(|c| values[c * plane + i] as u8))
        .collect()
}

pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &b| {
        (0..8).fold(crc ^ u32::from(b), |c, _| {
            (c >> 1) ^ (0xEDB8_8320 & (c & 1).wrapping_neg())
        })
    })
}

/// As the fixtures' script makes them.
pub(super) fn raw_pixels(channels: u64) -> Vec<u8> {
    (0..24 * 31 * channels)
        .map(|i| ((i * 2_654_435_761) >> 16) as u8)
        .collect()
}

/// The tensors of `expected.safetensors`.
pub(super) struct Expected {
    bytes: Vec<u8>,
    header: Value,
    data: usize,
}

pub(super) struct Expectation<'e> {
    pub shape: Vec<usize>,
    pub data: &'e [u8],
}

impl Expected {
    pub fn read() -> Self {
        let bytes = read("expected.safetensors");
        let length = u64::from_le_bytes(*bytes.first_chunk().expect("length")) as usize;
        let header = serde_json::from_slice(&bytes[8..8 + length]).expect("header");
        Self {
            bytes,
            header,
            data: 8 + length,
        }
    }

    pub fn tensor(&self, name: &str) -> Expectation<'_> {
        let entry = self
            .header
            .get(name)
            .unwrap_or_else(|| panic!("{name} is not in expected.safetensors"));
        let shape = serde_json::from_value(entry["shape"].clone()).expect("shape");
        let [begin, end]: [usize; 2] =
            serde_json::from_value(entry["data_offsets"].clone()).expect("offsets");
        Expectation {
            shape,
            data: &self.bytes[self.data + begin..self.data + end],
        }
    }
}
