//! What the decoders hand over, and how they fail.

/// A decoded file: RGB, three bytes a pixel, rows from the top; not yet turned by its orientation.
pub(super) struct Decoded {
    pub width: u32,
    pub height: u32,
    pub rgb: Vec<u8>,
    /// The TIFF block of its EXIF data, or nothing.
    pub exif: Vec<u8>,
    pub xmp: Vec<u8>,
}

/// What a file's headers say.
pub(super) struct Header {
    /// Before the orientation is applied, as is the height.
    pub width: u32,
    pub height: u32,
    /// The TIFF block of the EXIF data, or nothing.
    pub exif: Vec<u8>,
    pub xmp: Vec<u8>,
}

/// Why a file can't be decoded, as the end of a sentence about it.
#[derive(Debug)]
pub(super) struct Fault(pub String);

impl Fault {
    pub fn corrupt(reason: impl std::fmt::Display) -> Self {
        Self(format!("is damaged: {reason}"))
    }

    pub fn truncated() -> Self {
        Self("is truncated".to_string())
    }

    pub fn unsupported(what: impl std::fmt::Display) -> Self {
        Self(format!("uses {what}, which is not supported"))
    }

    /// An error of the `image` crate.
    pub fn from_image(error: image::ImageError) -> Self {
        match error {
            image::ImageError::Unsupported(e) => Self(format!("is not supported: {e}")),
            image::ImageError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
                Self::truncated()
            }
            image::ImageError::Limits(e) => Self(format!("is too large: {e}")),
            e => Self::corrupt(e),
        }
    }
}

/// `width * height * channels`, if that many bytes can be addressed.
pub(super) fn pixel_bytes(width: usize, height: usize, channels: usize) -> Result<usize, Fault> {
    width
        .checked_mul(height)
        .and_then(|n| n.checked_mul(channels))
        .filter(|&n| n <= isize::MAX as usize)
        .ok_or_else(|| Fault(format!("is too large: {width} x {height} pixels")))
}

/// The first three of every `channels` bytes, in the same memory.
pub(super) fn drop_alpha(mut samples: Vec<u8>, channels: usize) -> Vec<u8> {
    if channels == 3 {
        return samples;
    }
    let pixels = samples.len() / channels;
    for pixel in 1..pixels {
        samples.copy_within(pixel * channels..pixel * channels + 3, pixel * 3);
    }
    samples.truncate(pixels * 3);
    samples
}
