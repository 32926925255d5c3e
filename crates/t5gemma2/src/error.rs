//! Everything that can go wrong, by whose fault it is.

/// An error of the model crate. [`Error::code`] is stable across versions.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// `config.json` is not a T5Gemma 2 configuration that can be run.
    #[error("{field}: {reason}")]
    Config {
        /// Path of the field, such as `decoder.layer_types[3]`.
        field: String,
        /// What is wrong with it and what is expected.
        reason: String,
    },
    /// A weights file does not hold what the configuration asks for.
    #[error("{file}: {reason}")]
    Load {
        /// The file, or the list of files, that is at fault.
        file: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// An argument of a call does not fit the model.
    #[error("{argument}: {reason}")]
    Input {
        /// The argument, such as `inputIds[1][5]`.
        argument: String,
        /// What is wrong with it and what is expected.
        reason: String,
    },
    /// The device failed, or can't do what was asked.
    #[error("device: {reason}")]
    Device {
        /// What happened.
        reason: String,
    },
}

/// Result with [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// `ConfigError`, `LoadError`, `InputError` or `DeviceError`.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Config { .. } => "ConfigError",
            Error::Load { .. } => "LoadError",
            Error::Input { .. } => "InputError",
            Error::Device { .. } => "DeviceError",
        }
    }

    /// An [`Error::Config`] for the field at this path.
    pub fn config(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Error::Config {
            field: field.into(),
            reason: reason.into(),
        }
    }

    /// An [`Error::Load`] for this file.
    pub fn load(file: impl Into<String>, reason: impl Into<String>) -> Self {
        Error::Load {
            file: file.into(),
            reason: reason.into(),
        }
    }

    /// An [`Error::Input`] for this argument.
    pub fn input(argument: impl Into<String>, reason: impl Into<String>) -> Self {
        Error::Input {
            argument: argument.into(),
            reason: reason.into(),
        }
    }

    /// An [`Error::Device`].
    pub fn device(reason: impl std::fmt::Display) -> Self {
        Error::Device {
            reason: reason.to_string(),
        }
    }
}
