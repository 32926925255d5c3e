//! Options of the processor, as its JSON files spell them.

use serde::Deserialize;

use super::crops::PanAndScan;
use super::resize::Resample;
use crate::error::{Error, Result};

/// The largest picture that may come out, in pixels.
const MAX_OUTPUT: u64 = 1 << 24;

/// What to do with a decoded picture. The defaults are those of `Gemma3ImageProcessor`.
#[derive(Clone, Debug)]
pub struct Options {
    /// Height and width to resize to; `None` leaves the size as it is.
    pub size: Option<(u32, u32)>,
    /// Filter of the resizing.
    pub resample: Resample,
    /// Factor on the bytes; `None` leaves them within 0 to 255.
    pub rescale: Option<f64>,
    /// Mean and standard deviation of each channel, taken off after rescaling; `None` leaves the values as they are.
    pub normalize: Option<([f64; 3], [f64; 3])>,
    /// Whether raw pixels of other than three channels become RGB, see [`super::from_raw`]. Files always do.
    pub convert_rgb: bool,
    /// Further crops of pictures that are far from square.
    pub pan_and_scan: Option<PanAndScan>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Json {
    do_resize: Option<bool>,
    size: Option<Size>,
    resample: Option<u64>,
    do_rescale: Option<bool>,
    rescale_factor: Option<f64>,
    do_normalize: Option<bool>,
    image_mean: Option<Channels>,
    image_std: Option<Channels>,
    do_convert_rgb: Option<bool>,
    do_pan_and_scan: Option<bool>,
    pan_and_scan_min_crop_size: Option<u32>,
    pan_and_scan_max_num_crops: Option<u32>,
    pan_and_scan_min_ratio_to_activate: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Size {
    Square(u32),
    Both { height: u32, width: u32 },
    Other(serde_json::Value),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Channels {
    Same(f64),
    Each([f64; 3]),
    Other(serde_json::Value),
}

impl Options {
    /// Reads the options from JSON in the spelling of `preprocessor_config.json`; null means the default.
    ///
    /// # Errors
    /// `InputError` naming the option that is unknown, of the wrong type or out of range.
    pub fn from_json(json: &str) -> Result<Self> {
        let refused = |e: serde_json::Error| Error::input("picture options", e.to_string());
        // By way of a map: the derived reader would take an array for the fields in order.
        let map: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(json).map_err(refused)?;
        let json: Json = serde_json::from_value(map.into()).map_err(refused)?;
        let (height, width) = match json.size {
            None => (224, 224),
            Some(Size::Square(side)) => (side, side),
            Some(Size::Both { height, width }) => (height, width),
            Some(Size::Other(other)) => {
                return Err(Error::input(
                    "size",
                    format!("expected {{\"height\", \"width\"}} or one number, got {other}"),
                ));
            }
        };
        let pixels = u64::from(height) * u64::from(width);
        if pixels == 0 || pixels > MAX_OUTPUT {
            return Err(Error::input(
                "size",
                format!("{height} x {width} is not within 1 to {MAX_OUTPUT} pixels"),
            ));
        }
        let number = json.resample.unwrap_or(2);
        let resample = Resample::from_number(number)
            .ok_or_else(|| Error::input("resample", format!("{number} is none of 0 nearest, 1 lanczos, 2 bilinear, 3 bicubic, 4 box, 5 hamming")))?;
        let factor = json.rescale_factor.unwrap_or(1.0 / 255.0);
        let do_rescale = json.do_rescale.unwrap_or(true);
        if do_rescale && !(factor.is_finite() && factor != 0.0) {
            return Err(Error::input(
                "rescale_factor",
                format!("{factor} is not a finite number other than 0"),
            ));
        }
        let mean = channels("image_mean", json.image_mean)?;
        let std = channels("image_std", json.image_std)?;
        let do_normalize = json.do_normalize.unwrap_or(true);
        if do_normalize && std.contains(&0.0) {
            return Err(Error::input("image_std", "it is zero for a channel"));
        }
        let pan_and_scan = if json.do_pan_and_scan.unwrap_or(false) {
            let missing = |name| Error::input(name, "is needed when do_pan_and_scan is true");
            let min_crop_size = json
                .pan_and_scan_min_crop_size
                .ok_or_else(|| missing("pan_and_scan_min_crop_size"))?;
            let max_crops = json
                .pan_and_scan_max_num_crops
                .ok_or_else(|| missing("pan_and_scan_max_num_crops"))?;
            let min_ratio = json
                .pan_and_scan_min_ratio_to_activate
                .ok_or_else(|| missing("pan_and_scan_min_ratio_to_activate"))?;
            Some(PanAndScan::new(min_crop_size, max_crops, min_ratio)?)
        } else {
            None
        };
        // Pan and scan resizes whatever do_resize says: its crops must be of one size.
        let resizes = json.do_resize.unwrap_or(true) || pan_and_scan.is_some();
        Ok(Self {
            size: resizes.then_some((height, width)),
            resample,
            rescale: do_rescale.then_some(factor),
            normalize: do_normalize.then_some((mean, std)),
            convert_rgb: json.do_convert_rgb.unwrap_or(true),
            pan_and_scan,
        })
    }

    /// The value of every byte in every channel.
    ///
    /// Computed in f32 in the processor's order: where it both rescales and normalises, it folds the factor into mean and
    /// standard deviation.
    pub(super) fn values(&self) -> [[f32; 256]; 3] {
        std::array::from_fn(|channel| {
            std::array::from_fn(|byte| {
                let value = byte as f32;
                match (self.normalize, self.rescale) {
                    (Some((mean, std)), rescale) => {
                        let unit = rescale.map_or(1.0, |factor| (1.0 / factor) as f32);
                        (value - mean[channel] as f32 * unit) / (std[channel] as f32 * unit)
                    }
                    (None, Some(factor)) => value * factor as f32,
                    (None, None) => value,
                }
            })
        })
    }
}

fn channels(name: &str, given: Option<Channels>) -> Result<[f64; 3]> {
    match given {
        None => Ok([0.5; 3]),
        Some(Channels::Same(value)) => Ok([value; 3]),
        Some(Channels::Each(values)) => Ok(values),
        Some(Channels::Other(other)) => Err(Error::input(
            name,
            format!("expected three numbers or one, got {other}"),
        )),
    }
}
