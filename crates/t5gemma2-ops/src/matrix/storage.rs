use super::SourceType;

/// Elements of a block of [`Storage::Q8`] and [`Storage::Q4`], along the columns.
pub const BLOCK: usize = 32;

/// How weights lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Storage {
    /// One f32 an element.
    F32,
    /// Two bf16 a little-endian u32, the even column in the low half; an odd last column is followed by a zero.
    Bf16,
    /// Two IEEE halves, packed like bf16.
    F16,
    /// Blocks of 32 signed bytes, four to a little-endian u32: `byte · scale`. The last block of a row is filled up with
    /// zeros.
    Q8,
    /// Blocks of 32 nibbles in four u32: byte j holds element j in its low and element j + 16 in its high half,
    /// `(nibble - 8) · scale`. The last block of a row is filled up with eights.
    Q4,
}

impl Storage {
    /// Every one.
    pub const ALL: [Storage; 5] = [Self::F32, Self::Bf16, Self::F16, Self::Q8, Self::Q4];

    /// 32-bit words of one row.
    pub const fn row_words(self, cols: usize) -> usize {
        match self {
            Self::F32 => cols,
            Self::Bf16 | Self::F16 => cols.div_ceil(2),
            Self::Q8 => cols.div_ceil(BLOCK) * 8,
            Self::Q4 => cols.div_ceil(BLOCK) * 4,
        }
    }

    /// 32-bit words of one row's scales: one IEEE half a block, which may be negative, packed like bf16.
    pub const fn scale_words(self, cols: usize) -> usize {
        match self {
            Self::F32 | Self::Bf16 | Self::F16 => 0,
            Self::Q8 | Self::Q4 => cols.div_ceil(BLOCK).div_ceil(2),
        }
    }

    /// Bytes of one row, scales included.
    pub const fn row_bytes(self, cols: usize) -> usize {
        (self.row_words(cols) + self.scale_words(cols)) * 4
    }

    /// Whether weights from such a source are stored as they are, unseen.
    pub(super) fn keeps(self, source: SourceType) -> bool {
        // Halves are looked at, for what is not finite.
        matches!(
            (self, source),
            (Self::F32, SourceType::F32) | (Self::Bf16, SourceType::Bf16)
        )
    }
}
