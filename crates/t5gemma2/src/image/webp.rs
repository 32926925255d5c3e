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
