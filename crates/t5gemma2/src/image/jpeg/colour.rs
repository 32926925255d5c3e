//! From component planes to RGB, with libjpeg's fixed-point tables and, for CMYK, Pillow's conversion.

use super::super::pixels::{Fault, pixel_bytes};
use super::frame::Frame;
use super::progressive;
use super::upsample::Upsampler;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Colours {
    Grey,
    Rgb,
    YCbCr,
    Cmyk,
    Ycck,
}

/// Upsamples and converts a decoded frame.
pub(super) fn to_rgb(mut frame: Frame, colours: Colours) -> Result<Vec<u8>, Fault> {
    if frame.components.iter().any(|c| c.steps.is_none()) {
        return Err(Fault::corrupt("a component has no scan"));
    }
    if frame.progressive {
        progressive::finish(&mut frame)?;
    }
    let mut rgb = vec![0; pixel_bytes(frame.width, frame.height, 3)?];
    let mut upsamplers: Vec<Upsampler> = frame
        .components
        .iter()
        .map(|c| Upsampler::new(c, &frame))
        .collect();
    // A component's upsampled row is rounded up to whole samples, at most 4 pixels too long.
    let mut rows = vec![vec![0u8; frame.width + 4]; upsamplers.len()];
    let tables = Tables::new();
    for (y, line) in rgb.chunks_exact_mut(frame.width * 3).enumerate() {
        for (upsampler, row) in upsamplers.iter_mut().zip(&mut rows) {
            upsampler.write(y, row);
        }
        let pixels = line.as_chunks_mut::<3>().0;
        for (x, pixel) in pixels.iter_mut().enumerate() {
            *pixel = match colours {
                Colours::Grey => [rows[0][x]; 3],
                Colours::Rgb => [rows[0][x], rows[1][x], rows[2][x]],
                Colours::YCbCr => tables.rgb(rows[0][x], rows[1][x], rows[2][x]),
                // Four-component files hold inverted inks, as Adobe writes them and Pillow assumes.
                Colours::Cmyk => inks(
                    [rows[0][x], rows[1][x], rows[2][x]].map(|v| 255 - v),
                    255 - rows[3][x],
                ),
                Colours::Ycck => inks(
                    tables.rgb(rows[0][x], rows[1][x], rows[2][x]),
                    255 - rows[3][x],
                ),
            };
        }
    }
    Ok(rgb)
}

/// Cyan, magenta and yellow (255 is full ink) under black.
fn inks(cmy: [u8; 3], black: u8) -> [u8; 3] {
    let white = 255 - i32::from(black);
    cmy.map(|ink| {
        let product = i32::from(ink) * white + 128;
        (white - (((product >> 8) + product) >> 8)).clamp(0, 255) as u8
    })
}

/// What a chroma value adds to each colour.
struct Tables {
    red: [i32; 256],
    green_of_cb: [i32; 256],
    green_of_cr: [i32; 256],
    blue: [i32; 256],
}

impl Tables {
    fn new() -> Self {
        const HALF: i32 = 1 << 15;
        let centred = |i: usize| i as i32 - 128;
        Self {
            red: std::array::from_fn(|i| (91_881 * centred(i) + HALF) >> 16),
            green_of_cb: std::array::from_fn(|i| -22_554 * centred(i) + HALF),
            green_of_cr: std::array::from_fn(|i| -46_802 * centred(i)),
            blue: std::array::from_fn(|i| (116_130 * centred(i) + HALF) >> 16),
        }
    }

    fn rgb(&self, y: u8, cb: u8, cr: u8) -> [u8; 3] {
        let (y, cb, cr) = (i32::from(y), usize::from(cb), usize::from(cr));
        [
            y + self.red[cr],
            y + ((self.green_of_cb[cb] + self.green_of_cr[cr]) >> 16),
            y + self.blue[cb],
        ]
        .map(|v| v.clamp(0, 255) as u8)
    }
}
