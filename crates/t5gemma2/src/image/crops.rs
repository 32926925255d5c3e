//! Pan and scan: a picture far from square also comes as crops along its longer side.

use super::Pixels;
use crate::error::{Error, Result};

/// When and how to cut crops.
#[derive(Clone, Copy, Debug)]
pub struct PanAndScan {
    min_crop_size: u32,
    max_crops: u32,
    min_ratio: f64,
}

impl PanAndScan {
    /// Crops no smaller than `min_crop_size` on either side, at most `max_crops` of them, for pictures whose longer side is at least
    /// `min_ratio` times the shorter.
    ///
    /// # Errors
    /// `InputError` when a number is 0 or not finite.
    pub fn new(min_crop_size: u32, max_crops: u32, min_ratio: f64) -> Result<Self> {
        if min_crop_size == 0 {
            return Err(Error::input("pan_and_scan_min_crop_size", "is 0"));
        }
        if max_crops == 0 {
            return Err(Error::input("pan_and_scan_max_num_crops", "is 0"));
        }
        if !min_ratio.is_finite() {
            return Err(Error::input(
                "pan_and_scan_min_ratio_to_activate",
                "is not a finite number",
            ));
        }
        Ok(Self {
            min_crop_size,
            max_crops,
            min_ratio,
        })
    }

    /// The crops of a picture, from the left or the top; none if it is near enough to square or too small.
    pub(super) fn crops(&self, picture: &Pixels) -> Vec<Pixels> {
        let (width, height) = (picture.width, picture.height);
        let (long, short) = (width.max(height), width.min(height));
        let ratio = f64::from(long) / f64::from(short);
        if ratio < self.min_ratio {
            return Vec::new();
        }
        let wanted = ((ratio + 0.5).floor() as u32).min(long / self.min_crop_size);
        let count = wanted.max(2).min(self.max_crops);
        let side = long.div_ceil(count);
        if side.min(short) < self.min_crop_size {
            return Vec::new();
        }
        (0..count)
            .filter_map(|i| {
                let (begin, end) = (side * i, (side * (i + 1)).min(long));
                (begin < end).then(|| {
                    if width >= height {
                        cut(picture, (begin, 0), (end, height))
                    } else {
                        cut(picture, (0, begin), (width, end))
                    }
                })
            })
            .collect()
    }
}

fn cut(picture: &Pixels, (left, top): (u32, u32), (right, bottom): (u32, u32)) -> Pixels {
    let stride = picture.width as usize * 3;
    let columns = left as usize * 3..right as usize * 3;
    let rows = picture
        .rgb
        .chunks_exact(stride)
        .skip(top as usize)
        .take((bottom - top) as usize);
    let rgb = rows
        .flat_map(|row| &row[columns.clone()])
        .copied()
        .collect();
    Pixels {
        width: right - left,
        height: bottom - top,
        rgb,
    }
}
