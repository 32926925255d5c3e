use core::fmt;

use super::SourceType;

/// Why a [`MatrixBuilder`](super::MatrixBuilder) refused its input.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MatrixError {
    /// Bytes that would land behind the last element of the matrix.
    OutOfRange {
        /// First element behind the written range.
        end: usize,
        /// Number of elements the matrix has.
        elements: usize,
    },
    /// Elements that were already written.
    Overlap {
        /// The part concerned.
        part: usize,
    },
    /// [`finish`](super::MatrixBuilder::finish) before every element came.
    Incomplete {
        /// Elements (whole ones) that are still missing.
        missing: usize,
    },
    /// Chunks of one element came with different source types.
    MixedSource {
        /// The type the element's first bytes had.
        expected: SourceType,
        /// The type of the later bytes.
        got: SourceType,
    },
    /// A value that the storage can't hold: NaN, an infinity, or one beyond its range.
    Unfit {
        /// The value.
        value: String,
    },
}

impl fmt::Display for MatrixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { end, elements } => {
                write!(
                    f,
                    "weight data reaches element {end}, but the matrix has {elements}"
                )
            }
            Self::Overlap { part } => write!(f, "weight data of part {part} was written twice"),
            Self::Incomplete { missing } => {
                write!(f, "{missing} weight elements were never written")
            }
            Self::MixedSource { expected, got } => {
                write!(
                    f,
                    "an element began as {expected:?} and continued as {got:?}"
                )
            }
            Self::Unfit { value } => {
                write!(
                    f,
                    "holds {value}, which this dtype cannot keep: load it as f32 or bf16"
                )
            }
        }
    }
}

impl core::error::Error for MatrixError {}
