//! A JPEG decoder whose pixels are libjpeg-turbo's, bit for bit: the accurate integer inverse DCT, "fancy" upsampling of
//! chroma, and the same fixed-point colours. The decoders on crates.io differ from it by up to 20 steps of 255 where chroma
//! is subsampled, and the official processor's pictures come from libjpeg-turbo.
//!
//! Sequential and progressive Huffman files of 8 bits with 1, 3 or 4 components. A damaged file is an error, never a panic.

mod bits;
mod colour;
mod frame;
mod huffman;
mod idct;
mod progressive;
mod scan;
mod segments;
mod upsample;

use super::pixels::{Decoded, Fault, Header};
use segments::Parser;

/// Reads the headers up to the first scan; decodes nothing.
pub(super) fn header(bytes: &[u8]) -> Result<Header, Fault> {
    let mut parser = Parser::new(bytes);
    parser.until_scan()?;
    let (width, height) = (parser.frame()?.width as u32, parser.frame()?.height as u32);
    Ok(Header {
        width,
        height,
        exif: parser.exif,
        xmp: parser.xmp,
    })
}

/// Decodes to RGB. The caller has checked the declared size against its limit.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    let mut parser = Parser::new(bytes);
    let mut scans = 0;
    while parser.until_scan()? {
        if scans == 0 {
            parser.allocate()?;
        }
        parser.scan()?;
        scans += 1;
        if scans > MAX_SCANS {
            return Err(Fault::corrupt("it has too many scans"));
        }
    }
    let exif = std::mem::take(&mut parser.exif);
    let xmp = std::mem::take(&mut parser.xmp);
    let colours = parser.colours()?;
    let frame = parser.into_frame()?;
    let (width, height) = (frame.width as u32, frame.height as u32);
    Ok(Decoded {
        width,
        height,
        rgb: colour::to_rgb(frame, colours)?,
        exif,
        xmp,
    })
}

/// A legal progressive file needs about ten; a bomb of empty scans over a large frame would take hours.
const MAX_SCANS: usize = 500;
