//! The first frame of a GIF, on the background that Pillow gives it.

use std::num::NonZeroU64;

use gif::{DecodeOptions, MemoryLimit};

use super::MAX_PIXELS;
use super::pixels::{Decoded, Fault, Header, pixel_bytes};

pub(super) fn header(bytes: &[u8]) -> Result<Header, Fault> {
    let mut decoder = open(bytes)?;
    let screen = (decoder.width(), decoder.height());
    let frame = decoder
        .next_frame_info()
        .map_err(fault)?
        .ok_or_else(no_frame)?;
    let (width, height) = grown(screen, frame);
    Ok(Header {
        width: width as u32,
        height: height as u32,
        exif: Vec::new(),
        xmp: Vec::new(),
    })
}

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    let mut decoder = open(bytes)?;
    let screen = (decoder.width(), decoder.height());
    let global = decoder.global_palette().map(<[u8]>::to_vec);
    let frame = decoder
        .read_next_frame()
        .map_err(fault)?
        .ok_or_else(no_frame)?;
    let (width, height) = grown(screen, frame);
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let (frame_width, frame_height) = (usize::from(frame.width), usize::from(frame.height));
    let palette = frame
        .palette
        .clone()
        .or(global)
        .ok_or_else(|| Fault::corrupt("it has no palette"))?;
    // Indices beyond the palette are black.
    let colour = |index: u8| {
        palette
            .as_chunks::<3>()
            .0
            .get(usize::from(index))
            .copied()
            .unwrap_or_default()
    };
    // Alpha is dropped, so what is transparent shows the colour of its index.
    let background = colour(frame.transparent.unwrap_or(0));
    let mut rgb = Vec::with_capacity(pixel_bytes(width, height, 3)?);
    for y in 0..height {
        let row = y
            .checked_sub(top)
            .filter(|&y| y < frame_height)
            .and_then(|y| frame.buffer.get(y * frame_width..(y + 1) * frame_width));
        for x in 0..width {
            let index = row.and_then(|row| row.get(x.checked_sub(left)?));
            rgb.extend_from_slice(&index.map_or(background, |&i| colour(i)));
        }
    }
    Ok(Decoded {
        width: width as u32,
        height: height as u32,
        rgb,
        exif: Vec::new(),
        xmp: Vec::new(),
    })
}

fn open(bytes: &[u8]) -> Result<gif::Decoder<&[u8]>, Fault> {
    let mut options = DecodeOptions::new();
    // Of indices, one byte each.
    options.set_memory_limit(MemoryLimit::Bytes(
        NonZeroU64::new(MAX_PIXELS).unwrap_or(NonZeroU64::MIN),
    ));
    options.read_info(bytes).map_err(fault)
}

/// The screen's width and height; a frame that reaches beyond makes it grow.
fn grown((width, height): (u16, u16), frame: &gif::Frame) -> (usize, usize) {
    let reach = |start: u16, length: u16| usize::from(start) + usize::from(length);
    (
        reach(frame.left, frame.width).max(usize::from(width)),
        reach(frame.top, frame.height).max(usize::from(height)),
    )
}

fn no_frame() -> Fault {
    Fault::corrupt("it has no frame")
}

fn fault(error: gif::DecodingError) -> Fault {
    match error {
        gif::DecodingError::Io(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            Fault::truncated()
        }
        // The crate words the same end of data in two ways.
        gif::DecodingError::UnexpectedEof => Fault::truncated(),
        e => Fault::corrupt(e),
    }
}
