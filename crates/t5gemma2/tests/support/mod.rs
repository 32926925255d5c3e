//! The oracle's checkpoints and answers, as `scripts/fixtures/checkpoints.py` wrote them.
#![allow(dead_code, reason = "each test binary uses its part")]

pub mod answers;
pub mod asked;
pub mod refusals;

use burn::tensor::Device;
use proptest::test_runner::{Config as ProptestConfig, RngSeed, TestRunner};
use safetensors::SafeTensors;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use t5gemma2::{
    Config, Dtype, EncoderInputs, Keep, Loader, Model, Part, PixelValues, Result, Task,
};

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub fn checkpoints() -> Vec<PathBuf> {
    let folder = root().join("test/fixtures/checkpoints");
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|p| p.is_dir())
        .collect();
    found.sort();
    assert!(found.len() >= 12, "fixtures are missing: {found:?}");
    found
}

pub fn folder(name: &str) -> PathBuf {
    let folders = checkpoints();
    let found = folders.into_iter().find(|folder| folder.ends_with(name));
    found.unwrap()
}

/// A checkpoint's model on the CPU.
pub fn model(name: &str, dtype: Dtype) -> Model {
    load(&folder(name), dtype, &Device::flex(), 1 << 20).unwrap()
}

/// So many cases, the same in every run: the random models blow rounding up, and a rare case would fail now and then.
pub fn same_cases(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..Default::default()
    })
}

#[derive(Deserialize)]
pub struct Expected {
    pub cases: Vec<Case>,
}

#[derive(Deserialize)]
pub struct Case {
    pub name: String,
    pub inputs: Inputs,
    pub generate: Vec<Generated>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    pub input_ids: Rows,
    pub attention_mask: Option<Rows>,
    pub position_ids: Option<Rows>,
    pub decoder_input_ids: Rows,
    pub decoder_attention_mask: Option<Rows>,
    pub decoder_position_ids: Option<Rows>,
    #[serde(default)]
    pub logits_to_keep: usize,
}

#[derive(Deserialize)]
pub struct Generated {
    pub options: Options,
    pub sequences: Rows,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    pub max_new_tokens: Option<usize>,
    pub min_new_tokens: Option<usize>,
    pub decoder_input_ids: Option<Rows>,
    pub decoder_attention_mask: Option<Rows>,
}

pub type Rows = Vec<Vec<i32>>;

pub struct Fixture {
    pub folder: PathBuf,
    pub expected: Expected,
    tensors: Vec<u8>,
}

impl Fixture {
    pub fn open(folder: &Path) -> Self {
        let expected = std::fs::read_to_string(folder.join("expected.json")).unwrap();
        let expected =
            serde_json::from_str(&expected).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let tensors = std::fs::read(folder.join("expected.safetensors")).unwrap();
        Self {
            folder: folder.to_path_buf(),
            expected,
            tensors,
        }
    }

    pub fn name(&self) -> String {
        self.folder
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned()
    }

    pub fn tensor(&self, case: &str, name: &str) -> Option<(Vec<usize>, Vec<f32>)> {
        let tensors = SafeTensors::deserialize(&self.tensors).unwrap();
        let view = tensors.tensor(&format!("{case}.{name}")).ok()?;
        let values = view
            .data()
            .chunks(4)
            .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
            .collect();
        Some((view.shape().to_vec(), values))
    }

    pub fn encoder_inputs(&self, case: &Case) -> EncoderInputs {
        let pixels = self.tensor(&case.name, "pixel_values");
        EncoderInputs {
            batch: case.inputs.input_ids.len(),
            length: case.inputs.input_ids[0].len(),
            input_ids: case.inputs.input_ids.concat(),
            attention_mask: case
                .inputs
                .attention_mask
                .as_ref()
                .map(|rows| rows.concat()),
            position_ids: case.inputs.position_ids.as_ref().map(|rows| rows.concat()),
            pixel_values: pixels.map(|(shape, data)| PixelValues {
                count: shape[0],
                data,
            }),
            ..Default::default()
        }
    }
}

/// `logits_to_keep` as a number.
pub fn keep(last: usize) -> Keep {
    if last == 0 {
        Keep::All
    } else {
        Keep::Last(last)
    }
}

/// Load a checkpoint folder in chunks of `chunk` bytes, with its vision tower.
pub fn load(folder: &Path, dtype: Dtype, device: &Device, chunk: usize) -> Result<Model> {
    load_task(folder, Task::Generation, dtype, device, chunk)
}

pub fn load_task(
    folder: &Path,
    task: Task,
    dtype: Dtype,
    device: &Device,
    chunk: usize,
) -> Result<Model> {
    let config = Config::from_json(&std::fs::read_to_string(folder.join("config.json")).unwrap())?;
    let text = load_part(folder, &config, Part::Text(task), dtype, device, chunk)?;
    let mut model = Model::new(config.clone(), text, device)?;
    model.add_vision(load_part(
        folder,
        &config,
        Part::Vision,
        dtype,
        device,
        chunk,
    )?)?;
    Ok(model)
}

pub fn load_part(
    folder: &Path,
    config: &Config,
    part: Part,
    dtype: Dtype,
    device: &Device,
    chunk: usize,
) -> Result<Loader> {
    let mut loader = Loader::new(config, part, dtype, device);
    let files: Vec<Vec<u8>> = weight_files(folder)
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    for (path, bytes) in weight_files(folder).iter().zip(&files) {
        let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        loader.add_file(
            &path.file_name().unwrap().to_string_lossy(),
            &bytes[..8 + header],
            bytes.len() as u64,
        )?;
    }
    for range in loader.plan()?.ranges {
        let bytes = &files[range.file][range.begin as usize..range.end as usize];
        for (i, piece) in bytes.chunks(chunk).enumerate() {
            loader.push(range.file, range.begin + (i * chunk) as u64, piece)?;
        }
    }
    Ok(loader)
}

fn weight_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(index) = std::fs::read_to_string(folder.join("model.safetensors.index.json")) else {
        return vec![folder.join("model.safetensors")];
    };
    let index: serde_json::Value = serde_json::from_str(&index).unwrap();
    let names: BTreeSet<_> = index["weight_map"]
        .as_object()
        .unwrap()
        .values()
        .map(|name| name.as_str().unwrap())
        .collect();
    names.into_iter().map(|name| folder.join(name)).collect()
}

/// Largest difference over the largest magnitude, counting only the rows of width `width` that `valid` keeps.
pub fn difference(got: &[f32], wanted: &[f32], width: usize, valid: Option<&[i32]>) -> f32 {
    assert_eq!(got.len(), wanted.len(), "sizes differ");
    let kept = |i: &usize| valid.is_none_or(|mask| mask[i / width] == 1);
    let largest = (0..wanted.len())
        .filter(kept)
        .map(|i| wanted[i].abs())
        .fold(0.0, f32::max);
    // f32::max would drop a NaN.
    let worst = (0..wanted.len())
        .filter(kept)
        .map(|i| (got[i] - wanted[i]).abs())
        .fold(0.0, |a: f32, b| if b > a || b.is_nan() { b } else { a });
    worst / largest
}
