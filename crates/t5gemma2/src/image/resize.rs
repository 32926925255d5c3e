//! Resizing of RGB bytes as torch's antialiased `interpolate` does it on uint8: two passes (across, then down), weights rounded
//! to 16 bits, each pass rounded to bytes. Box and Hamming filters, which torch lacks, follow Pillow's.

use super::Pixels;

/// Filters by the numbers that Pillow and the processor's config give them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resample {
    /// 0: the sample under the output pixel's centre.
    Nearest,
    /// 1: windowed sinc with three lobes.
    Lanczos,
    /// 2: triangle.
    Bilinear,
    /// 3: Keys' cubic with a = -0.5.
    Bicubic,
    /// 4: mean of the samples covered.
    Box,
    /// 5: sinc in a Hamming window.
    Hamming,
}

impl Resample {
    /// By Pillow's number, 0 to 5.
    pub fn from_number(number: u64) -> Option<Self> {
        use Resample::*;
        [Nearest, Lanczos, Bilinear, Bicubic, Box, Hamming]
            .get(usize::try_from(number).ok()?)
            .copied()
    }

    /// Half the filter's width, in output pixels.
    fn support(self) -> f64 {
        match self {
            Resample::Nearest | Resample::Box => 0.5,
            Resample::Bilinear | Resample::Hamming => 1.0,
            Resample::Bicubic => 2.0,
            Resample::Lanczos => 3.0,
        }
    }

    fn weight(self, x: f64) -> f64 {
        let a = x.abs();
        match self {
            Resample::Nearest | Resample::Box => f64::from(x > -0.5 && x <= 0.5),
            Resample::Bilinear => (1.0 - a).max(0.0),
            Resample::Bicubic if a < 1.0 => (1.5 * a - 2.5) * a * a + 1.0,
            Resample::Bicubic if a < 2.0 => ((-0.5 * a + 2.5) * a - 4.0) * a + 2.0,
            Resample::Bicubic => 0.0,
            Resample::Lanczos if a < 3.0 => sinc(a) * sinc(a / 3.0),
            Resample::Lanczos => 0.0,
            Resample::Hamming if a >= 1.0 => 0.0,
            Resample::Hamming => sinc(a) * (0.54 + 0.46 * (std::f64::consts::PI * a).cos()),
        }
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let x = x * std::f64::consts::PI;
    x.sin() / x
}

/// Resizes to `width` x `height`, both at least 1.
pub(super) fn resize(picture: &Pixels, width: u32, height: u32, resample: Resample) -> Pixels {
    let (from_width, from_height) = (picture.width as usize, picture.height as usize);
    let (to_width, to_height) = (width as usize, height as usize);
    if (from_width, from_height) == (to_width, to_height) {
        return picture.clone();
    }
    let rgb = if resample == Resample::Nearest {
        nearest(picture, to_width, to_height)
    } else {
        let across = (from_width != to_width).then(|| Filter::new(resample, from_width, to_width));
        let down =
            (from_height != to_height).then(|| Filter::new(resample, from_height, to_height));
        let wide = across.map(|filter| filter.across(&picture.rgb, from_width));
        let wide = wide.as_ref().unwrap_or(&picture.rgb);
        match down {
            Some(filter) => filter.down(wide, to_width),
            None => wide.clone(),
        }
    };
    Pixels { width, height, rgb }
}

fn nearest(picture: &Pixels, width: usize, height: usize) -> Vec<u8> {
    let sources = |from: u32, to: usize| -> Vec<usize> {
        let scale = from as f32 / to as f32;
        (0..to)
            .map(|i| (((i as f32 + 0.5) * scale) as usize).min(from as usize - 1))
            .collect()
    };
    let columns = sources(picture.width, width);
    let pixels = picture.rgb.as_chunks::<3>().0;
    let mut rgb = Vec::with_capacity(width * height * 3);
    for y in sources(picture.height, height) {
        let row = &pixels[y * picture.width as usize..];
        columns.iter().for_each(|&x| rgb.extend_from_slice(&row[x]));
    }
    rgb
}

/// The weights of one axis.
struct Filter {
    /// First sample and weights of each output.
    taps: Vec<(usize, Vec<i32>)>,
    /// Fraction bits of the weights.
    precision: u32,
}

impl Filter {
    fn new(resample: Resample, from: usize, to: usize) -> Self {
        let scale = from as f64 / to as f64;
        // Shrinking widens the filter, so that every sample counts.
        let stretch = scale.max(1.0);
        let support = resample.support() * stretch;
        let exact: Vec<(usize, Vec<f64>)> = (0..to)
            .map(|i| {
                let centre = scale * (i as f64 + 0.5);
                let first = (centre - support + 0.5).max(0.0) as usize;
                let end = ((centre + support + 0.5) as usize).min(from);
                let mut weights: Vec<f64> = (first..end)
                    .map(|x| resample.weight((x as f64 - centre + 0.5) * (1.0 / stretch)))
                    .collect();
                let total: f64 = weights.iter().sum();
                if total != 0.0 {
                    weights.iter_mut().for_each(|w| *w /= total);
                }
                (first, weights)
            })
            .collect();
        let precision = match resample {
            Resample::Box | Resample::Hamming => 22,
            _ => sixteen_bit_precision(
                exact
                    .iter()
                    .flat_map(|(_, w)| w.iter().copied())
                    .fold(0.0, f64::max),
            ),
        };
        let rounded =
            |w: f64| (w * f64::from(1 << precision) + if w < 0.0 { -0.5 } else { 0.5 }) as i32;
        let taps = exact
            .into_iter()
            .map(|(first, weights)| (first, weights.into_iter().map(rounded).collect()))
            .collect();
        Self { taps, precision }
    }

    fn round(&self, sum: i32) -> u8 {
        (sum >> self.precision).clamp(0, 255) as u8
    }

    fn half(&self) -> i32 {
        1 << (self.precision - 1)
    }

    fn across(&self, rgb: &[u8], width: usize) -> Vec<u8> {
        let rows = rgb.len() / (width * 3);
        let mut out = Vec::with_capacity(rows * self.taps.len() * 3);
        for row in rgb.chunks_exact(width * 3) {
            let pixels = row.as_chunks::<3>().0;
            for (first, weights) in &self.taps {
                let mut sums = [self.half(); 3];
                for (pixel, &weight) in pixels[*first..].iter().zip(weights) {
                    for (sum, &sample) in sums.iter_mut().zip(pixel) {
                        *sum += i32::from(sample) * weight;
                    }
                }
                out.extend_from_slice(&sums.map(|sum| self.round(sum)));
            }
        }
        out
    }

    fn down(&self, rgb: &[u8], width: usize) -> Vec<u8> {
        let stride = width * 3;
        let mut out = Vec::with_capacity(self.taps.len() * stride);
        let mut sums = vec![0; stride];
        for (first, weights) in &self.taps {
            sums.fill(self.half());
            for (row, &weight) in rgb[first * stride..].chunks_exact(stride).zip(weights) {
                for (sum, &sample) in sums.iter_mut().zip(row) {
                    *sum += i32::from(sample) * weight;
                }
            }
            out.extend(sums.iter().map(|&sum| self.round(sum)));
        }
        out
    }
}

/// The most fraction bits with which the largest weight stays below 2^15.
fn sixteen_bit_precision(largest: f64) -> u32 {
    (0..22)
        .find(|bits| (0.5 + largest * f64::from(1 << (bits + 1))) as i32 >= 1 << 15)
        .unwrap_or(22)
}
