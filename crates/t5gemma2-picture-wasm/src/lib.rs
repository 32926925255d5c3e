//! Pictures for JavaScript, whichever device computes. A binary of its own: who sends none needs no decoders.

use js_sys::{Float32Array, Uint32Array};
use t5gemma2::image::{self, Options, Pixels};
use t5gemma2_js::{coded, dims, object};
use wasm_bindgen::prelude::*;

pub use t5gemma2_js::{refused_allocation, set_notifier};

/// Decodes a PNG, JPEG, WebP or GIF file, resizes and normalises it.
///
/// Returns `{ data: Float32Array, dims: Uint32Array }`, dims being [pictures and crops, 3, height, width].
#[wasm_bindgen(js_name = processPicture)]
pub fn process_picture(bytes: &[u8], options_json: &str) -> Result<JsValue, JsValue> {
    let options = Options::from_json(options_json).map_err(to_js)?;
    let picture = image::decode(bytes).map_err(to_js)?;
    Ok(processed(&picture, &options))
}

/// The same for pixels of 1, 3 or 4 channels, rows from the top.
#[wasm_bindgen(js_name = processPixels)]
pub fn process_pixels(
    data: &[u8],
    width: u32,
    height: u32,
    channels: u32,
    options_json: &str,
) -> Result<JsValue, JsValue> {
    let options = Options::from_json(options_json).map_err(to_js)?;
    let picture =
        image::from_raw(data, width, height, channels, options.convert_rgb).map_err(to_js)?;
    Ok(processed(&picture, &options))
}

/// [width, height] of a file's picture when upright, from its headers.
#[wasm_bindgen(js_name = pictureSize)]
pub fn picture_size(bytes: &[u8]) -> Result<Uint32Array, JsValue> {
    let (width, height) = image::size(bytes).map_err(to_js)?;
    Ok(Uint32Array::from([width, height].as_slice()))
}

fn processed(picture: &Pixels, options: &Options) -> JsValue {
    let out = image::process(picture, options);
    let shape = [out.count, 3, out.height as usize, out.width as usize];
    object(&[
        ("data", Float32Array::from(out.data.as_slice()).into()),
        ("dims", dims(&shape).into()),
    ])
}

fn to_js(error: t5gemma2::Error) -> JsValue {
    coded(error.code(), &error.to_string())
}
