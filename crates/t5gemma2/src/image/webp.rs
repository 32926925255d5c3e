//! WebP by the `image` crate, whose pixels are libwebp's bit for bit; of an animation the first frame.

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::webp::WebPDecoder;

use super::pixels::{Decoded, Fault, Header, drop_alpha, pixel_bytes};

pub(super) fn header(bytes: &[u8]) -> Result<Header, Fault> {
    open(bytes).map(|(_, header)| header)
}

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    let (
        decoder,
        Header {
            width,
            height,
            exif,
            xmp,
        },
    ) = open(bytes)?;
    check_lossy_frame(bytes, (width, height))?;
    let channels = usize::from(decoder.color_type().bytes_per_pixel());
    let mut samples = vec![0; pixel_bytes(width as usize, height as usize, channels)?];
    decoder
        .read_image(&mut samples)
        .map_err(Fault::from_image)?;
    let rgb = drop_alpha(samples, channels);
    Ok(Decoded {
        width,
        height,
        rgb,
        exif,
        xmp,
    })
}

type Decoder<'a> = WebPDecoder<Cursor<&'a [u8]>>;

fn open(bytes: &[u8]) -> Result<(Decoder<'_>, Header), Fault> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(Fault::from_image)?;
    let (width, height) = decoder.dimensions();
    let exif = decoder
        .exif_metadata()
        .map_err(Fault::from_image)?
        .unwrap_or_default();
    let xmp = decoder
        .xmp_metadata()
        .map_err(Fault::from_image)?
        .unwrap_or_default();
    Ok((
        decoder,
        Header {
            width,
            height,
            exif,
            xmp,
        },
    ))
}

/// Refuses a lossy bitstream of another size than its frame: the decoder would take its word for how much memory it needs, and
/// panic where a frame with alpha has fewer rows.
fn check_lossy_frame(bytes: &[u8], canvas: (u32, u32)) -> Result<(), Fault> {
    let mut at = 12;
    while let Some((kind, after)) = chunk(bytes, at) {
        match kind {
            b"VP8 " => return check_bitstream(bytes, at + 8, canvas),
            b"ANMF" => {
                let number = |at: usize| {
                    bytes
                        .get(at..at + 3)
                        .map(|b| 1 + u32::from_le_bytes([b[0], b[1], b[2], 0]))
                };
                let (Some(width), Some(height)) = (number(at + 14), number(at + 17)) else {
                    return Err(Fault::truncated());
                };
                let mut inner = at + 24;
                if let Some((b"ALPH", after)) = chunk(bytes, inner) {
                    inner = after;
                } else if !matches!(chunk(bytes, inner), Some((b"VP8 ", _))) {
                    return Ok(());
                }
                return check_bitstream(bytes, inner + 8, (width, height));
            }
            _ => at = after,
        }
    }
    Ok(())
}

/// The name of the chunk at a position, and where the next one begins.
fn chunk(bytes: &[u8], at: usize) -> Option<(&[u8; 4], usize)> {
    let kind = bytes.get(at..)?.first_chunk()?;
    let length: &[u8; 4] = bytes.get(at + 4..)?.first_chunk()?;
    let length = u32::from_le_bytes(*length) as usize;
    Some((
        kind,
        at.checked_add(8)?
            .checked_add(length)?
            .checked_add(length & 1)?,
    ))
}

fn check_bitstream(bytes: &[u8], at: usize, (width, height): (u32, u32)) -> Result<(), Fault> {
    let head: &[u8; 10] = bytes
        .get(at..)
        .and_then(<[u8]>::first_chunk)
        .ok_or_else(Fault::truncated)?;
    let side = |at: usize| u32::from(u16::from_le_bytes([head[at], head[at + 1]]) & 0x3FFF);
    if head[0] & 1 != 0 {
        return Err(Fault::corrupt("it begins with a frame that needs another"));
    }
    if (side(6), side(8)) != (width, height) {
        return Err(Fault::corrupt(format!(
            "it declares {width} x {height} pixels, but its data {} x {}",
            side(6),
            side(8)
        )));
    }
    Ok(())
}
