//! Which decoder a file is for, and the limits that hold for all.

use super::pixels::{Decoded, Fault, Header};
use super::{ARGUMENT, MAX_PIXELS, gif, jpeg, png, webp};
use crate::error::{Error, Result};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Png,
    Jpeg,
    WebP,
    Gif,
}

impl Format {
    /// By the first bytes.
    pub fn of(bytes: &[u8]) -> Result<Self> {
        if bytes.starts_with(png::SIGNATURE) {
            Ok(Format::Png)
        } else if bytes.starts_with(b"\xFF\xD8\xFF") {
            Ok(Format::Jpeg)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Ok(Format::WebP)
        } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
            Ok(Format::Gif)
        } else if bytes.is_empty() {
            Err(Error::input(ARGUMENT, "it has no bytes"))
        } else {
            Err(Error::input(
                ARGUMENT,
                "the bytes are no PNG, JPEG, WebP or GIF file",
            ))
        }
    }

    /// Reads what the headers say, and refuses a size beyond the limit.
    pub fn header(self, bytes: &[u8]) -> Result<Header> {
        self.checked_header(bytes)
            .map_err(|fault| self.error(fault))
    }

    /// Decodes; the result is at least one pixel.
    pub fn decode(self, bytes: &[u8]) -> Result<Decoded> {
        self.checked_header(bytes)
            .and_then(|_| match self {
                Format::Png => png::decode(bytes),
                Format::Jpeg => jpeg::decode(bytes),
                Format::WebP => webp::decode(bytes),
                Format::Gif => gif::decode(bytes),
            })
            .map_err(|fault| self.error(fault))
    }

    fn checked_header(self, bytes: &[u8]) -> std::result::Result<Header, Fault> {
        let header = match self {
            Format::Png => png::header(bytes)?,
            Format::Jpeg => jpeg::header(bytes)?,
            Format::WebP => webp::header(bytes)?,
            Format::Gif => gif::header(bytes)?,
        };
        let (width, height) = (header.width, header.height);
        if width == 0 || height == 0 {
            return Err(Fault::corrupt(format!(
                "it declares a size of {width} x {height}"
            )));
        }
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(Fault(format!(
                "is too large: {width} x {height} pixels, of {MAX_PIXELS} at most"
            )));
        }
        Ok(header)
    }

    fn error(self, fault: Fault) -> Error {
        let name = match self {
            Format::Png => "PNG",
            Format::Jpeg => "JPEG",
            Format::WebP => "WebP",
            Format::Gif => "GIF",
        };
        Error::input(ARGUMENT, format!("the {name} file {}", fault.0))
    }
}
