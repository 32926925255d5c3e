//! Pictures for the vision tower: decoding, resizing and normalising, with the pixels that the official processor gets.

mod crops;
mod format;
mod gif;
mod jpeg;
mod options;
mod orientation;
mod pixels;
mod png;
mod resize;
#[cfg(test)]
mod tests;
mod webp;

pub use crops::PanAndScan;
pub use options::Options;
pub use resize::Resample;

use crate::error::{Error, Result};
use format::Format;
use orientation::Orientation;
use pixels::{Decoded, Header};

/// The largest picture that is decoded, in pixels: 300 MB of RGB.
pub const MAX_PIXELS: u64 = 100_000_000;

/// An upright picture: RGB, three bytes a pixel, rows from the top.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pixels {
    /// Pixels across, at least 1.
    pub width: u32,
    /// Pixels down, at least 1.
    pub height: u32,
    /// `width * height * 3` bytes.
    pub rgb: Vec<u8>,
}

/// What the model takes: the picture, and its crops if any.
#[derive(Clone, PartialEq, Debug)]
pub struct Processed {
    /// 1, and more with crops.
    pub count: usize,
    /// Pixels down.
    pub height: u32,
    /// Pixels across.
    pub width: u32,
    /// `[count, 3, height, width]`.
    pub data: Vec<f32>,
}

/// What a file or an array of pixels is called in errors; callers put "picture 2 of 3" in its place.
const ARGUMENT: &str = "picture";

/// Decodes a PNG, JPEG, WebP or GIF file (of an animation the first frame) and turns it upright.
///
/// Transparency is dropped, not laid on a background: a transparent pixel shows the colour that the file holds for it. This is what
/// the official loader does with files.
///
/// # Errors
/// `InputError` when the file is of another format, damaged, truncated, or larger than [`MAX_PIXELS`].
pub fn decode(bytes: &[u8]) -> Result<Pixels> {
    let Decoded {
        width,
        height,
        rgb,
        exif,
        xmp,
    } = Format::of(bytes)?.decode(bytes)?;
    Ok(Orientation::read(&exif, &xmp).apply(Pixels { width, height, rgb }))
}

/// Takes pixels of 1 (grey), 3 (RGB) or 4 (RGBA) channels. RGBA is laid on white, as the official processor does with arrays.
/// With `convert_rgb` false only RGB is taken.
///
/// # Errors
/// `InputError` when there are other than `width * height * channels` bytes, too many pixels, or channels that are not taken.
pub fn from_raw(
    data: &[u8],
    width: u32,
    height: u32,
    channels: u32,
    convert_rgb: bool,
) -> Result<Pixels> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > MAX_PIXELS {
        return Err(Error::input(
            ARGUMENT,
            format!("{width} x {height} is not within 1 to {MAX_PIXELS} pixels"),
        ));
    }
    if !matches!(channels, 1 | 3 | 4) {
        return Err(Error::input(
            ARGUMENT,
            format!("pixels of {channels} channels; 1, 3 and 4 are taken"),
        ));
    }
    if channels != 3 && !convert_rgb {
        return Err(Error::input(
            ARGUMENT,
            format!("pixels of {channels} channels become RGB only if do_convert_rgb is true"),
        ));
    }
    let expected = pixels * u64::from(channels);
    if data.len() as u64 != expected {
        return Err(Error::input(
            ARGUMENT,
            format!(
                "{} bytes of pixels; {width} x {height} x {channels} are {expected}",
                data.len()
            ),
        ));
    }
    let rgb = match channels {
        1 => data.iter().flat_map(|&v| [v; 3]).collect(),
        3 => data.to_vec(),
        _ => data
            .as_chunks::<4>()
            .0
            .iter()
            .flat_map(|p| on_white(*p))
            .collect(),
    };
    Ok(Pixels { width, height, rgb })
}

/// In f32 and cut off to bytes, as torchvision converts.
fn on_white([r, g, b, a]: [u8; 4]) -> [u8; 3] {
    let alpha = f32::from(a) / 255.0;
    [r, g, b].map(|v| ((f32::from(v) / 255.0 * alpha + (1.0 - alpha)) * (256.0 - 1e-3)) as u8)
}

/// Width and height of a file's picture when upright, from its headers.
///
/// # Errors
/// As [`decode`], as far as the headers show it.
pub fn size(bytes: &[u8]) -> Result<(u32, u32)> {
    let Header {
        width,
        height,
        exif,
        xmp,
    } = Format::of(bytes)?.header(bytes)?;
    Ok(if Orientation::read(&exif, &xmp).swaps() {
        (height, width)
    } else {
        (width, height)
    })
}

/// Resizes, rescales and normalises.
pub fn process(picture: &Pixels, options: &Options) -> Processed {
    let crops = options
        .pan_and_scan
        .map_or_else(Vec::new, |pan| pan.crops(picture));
    let (height, width) = options.size.unwrap_or((picture.height, picture.width));
    let parts: Vec<Pixels> = std::iter::once(picture)
        .chain(&crops)
        .map(|part| resize::resize(part, width, height, options.resample))
        .collect();
    let values = options.values();
    let mut data = Vec::with_capacity(parts.iter().map(|p| p.rgb.len()).sum());
    for part in &parts {
        for (channel, table) in values.iter().enumerate() {
            data.extend(
                part.rgb
                    .iter()
                    .skip(channel)
                    .step_by(3)
                    .map(|&byte| table[usize::from(byte)]),
            );
        }
    }
    Processed {
        count: parts.len(),
        height,
        width,
        data,
    }
}
