//! Checkpoints to spoil, and what is said of them.

use burn::tensor::Device;
use t5gemma2::{Dtype, EncoderInputs, Error, Model};

use super::{folder, load};

pub fn config_text(name: &str) -> String {
    std::fs::read_to_string(folder(name).join("config.json")).unwrap()
}

/// Checks an error's code, and that its message has these parts.
pub fn assert_error<T>(result: Result<T, Error>, code: &str, parts: &[&str]) {
    let error = result
        .err()
        .unwrap_or_else(|| panic!("no error, but {code} with {parts:?} was expected"));
    let message = error.to_string();
    assert_eq!(error.code(), code, "{message}");
    for part in parts {
        assert!(message.contains(part), "\"{part}\" is not in: {message}");
    }
}

/// A model that reads pictures.
pub fn model() -> Model {
    load(&folder("pictures"), Dtype::F32, &Device::flex(), 1 << 16).unwrap()
}

/// What it reads without complaint.
pub fn encoder_inputs() -> EncoderInputs {
    EncoderInputs {
        batch: 2,
        length: 3,
        input_ids: vec![2, 5, 6, 2, 7, 8],
        ..Default::default()
    }
}
