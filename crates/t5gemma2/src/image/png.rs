//! PNG by the `image` crate; samples of 16 bits and transparency as Pillow's conversion to RGB treats them.

use std::io::Cursor;

use image::codecs::png::PngDecoder;
use image::{ColorType, ImageDecoder};

use super::pixels::{Decoded, Fault, Header, drop_alpha, pixel_bytes};

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The most that one byte of deflate can become.
const DEFLATE_RATIO: u64 = 1032;

/// Bits a sample and colour type, from the header.
struct Kind {
    bits: u8,
    colour: u8,
}

pub(super) fn header(bytes: &[u8]) -> Result<Header, Fault> {
    let head = bytes.get(..33).ok_or_else(Fault::truncated)?;
    if &head[12..16] != b"IHDR" {
        return Err(Fault::corrupt("it does not begin with a header"));
    }
    let number =
        |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let (exif, xmp) = metadata(bytes);
    Ok(Header {
        width: number(16),
        height: number(20),
        exif,
        xmp,
    })
}

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    let Header {
        width,
        height,
        exif,
        xmp,
    } = header(bytes)?;
    let kind = Kind {
        bits: bytes[24],
        colour: bytes[25],
    };
    let channels = match kind.colour {
        2 => 3,
        4 => 2,
        6 => 4,
        _ => 1,
    };
    let raw_bits = u64::from(width) * u64::from(height) * channels * u64::from(kind.bits);
    if raw_bits / 8 > bytes.len() as u64 * DEFLATE_RATIO {
        return Err(Fault::corrupt(format!(
            "it declares {width} x {height} pixels, more than its {} bytes can hold",
            bytes.len()
        )));
    }
    let decoder = PngDecoder::new(Cursor::new(bytes)).map_err(Fault::from_image)?;
    let colour = decoder.color_type();
    let mut samples = vec![
        0;
        pixel_bytes(
            width as usize,
            height as usize,
            usize::from(colour.bytes_per_pixel())
        )?
    ];
    decoder
        .read_image(&mut samples)
        .map_err(Fault::from_image)?;
    let rgb = to_rgb(samples, colour, &kind)?;
    Ok(Decoded {
        width,
        height,
        rgb,
        exif,
        xmp,
    })
}

fn to_rgb(samples: Vec<u8>, colour: ColorType, kind: &Kind) -> Result<Vec<u8>, Fault> {
    let wide = |at: &[u8]| u16::from_ne_bytes([at[0], at[1]]);
    let high = |at: &[u8]| (wide(at) >> 8) as u8;
    let step = usize::from(colour.bytes_per_pixel());
    let each =
        |pixel: &dyn Fn(&[u8]) -> [u8; 3]| samples.chunks_exact(step).flat_map(pixel).collect();
    // Pillow keeps grey of 16 bits whole ("I;16") and cuts it off at 255 when it becomes RGB; all else loses its low byte.
    let cut_off = kind.colour == 0 && kind.bits == 16;
    Ok(match colour {
        ColorType::Rgb8 | ColorType::Rgba8 => drop_alpha(samples, step),
        ColorType::L8 | ColorType::La8 => each(&|p| [p[0]; 3]),
        ColorType::L16 | ColorType::La16 if cut_off => each(&|p| [wide(p).min(255) as u8; 3]),
        ColorType::L16 | ColorType::La16 => each(&|p| [high(p); 3]),
        ColorType::Rgb16 | ColorType::Rgba16 => each(&|p| [high(p), high(&p[2..]), high(&p[4..])]),
        other => return Err(Fault::unsupported(format!("colours {other:?}"))),
    })
}

/// EXIF and XMP, wherever in the file they stand. Compressed XMP is passed over.
fn metadata(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut exif, mut xmp) = (Vec::new(), Vec::new());
    let mut rest = &bytes[SIGNATURE.len()..];
    while let Some((head, tail)) = rest.split_at_checked(8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let Some(data) = tail.get(..length) else {
            break;
        };
        match &head[4..] {
            b"eXIf" => exif = data.to_vec(),
            // Keyword, not compressed, language and translated keyword left empty or skipped.
            b"iTXt" => {
                if let Some(text) = data.strip_prefix(b"XML:com.adobe.xmp\0\0\0") {
                    xmp = text.to_vec();
                }
            }
            _ => {}
        }
        rest = tail.get(length + 4..).unwrap_or_default();
    }
    (exif, xmp)
}
