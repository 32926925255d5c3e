//! Equality with the official loader and processor, to the bit wherever values are bytes.

use std::fs;
use std::path::PathBuf;

use super::super::*;
use super::{Expected, cases, crc32, files, interleaved, of_kind, options, raw_pixels, read, text};

#[test]
fn every_file_decodes_to_the_same_bytes() {
    let expected = Expected::read();
    let (files, sums) = (files(), cases()["crc32"].clone());
    assert!(files.len() > 70);
    let mut wrong = Vec::new();
    for name in files {
        let bytes = read(&name);
        if let Some(sum) = sums[&name].as_u64() {
            assert_eq!(
                u64::from(crc32(&decode(&bytes).expect(&name).rgb)),
                sum,
                "{name}"
            );
            continue;
        }
        let tensor = expected.tensor(&format!("decoded/{name}"));
        match decode(&bytes) {
            Err(error) => wrong.push(format!("{name}: {error}")),
            Ok(picture) => {
                let dims = [picture.height as usize, picture.width as usize, 3];
                if dims != tensor.shape[..] {
                    wrong.push(format!("{name}: {dims:?}, not {:?}", tensor.shape));
                    continue;
                }
                let steps = picture
                    .rgb
                    .iter()
                    .zip(tensor.data)
                    .map(|(a, b)| a.abs_diff(*b));
                let different = steps.clone().filter(|&d| d > 0).count();
                if different > 0 {
                    wrong.push(format!(
                        "{name}: {different} of {} values, by up to {:?}",
                        picture.rgb.len(),
                        steps.max()
                    ));
                }
                let (width, height) = size(&bytes).expect("size");
                assert_eq!(
                    [height as usize, width as usize],
                    dims[..2],
                    "{name}: size from the headers"
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn resizing_gives_the_same_bytes() {
    let expected = Expected::read();
    let mut wrong = Vec::new();
    for case in of_kind("resized").into_iter().chain(of_kind("raw")) {
        let name = text(&case, "name");
        let picture = match case["channels"].as_u64() {
            None => decode(&read(text(&case, "file"))).expect("decoded"),
            Some(channels) => {
                from_raw(&raw_pixels(channels), 31, 24, channels as u32, true).expect("raw")
            }
        };
        let out = process(&picture, &options(&case, true));
        let tensor = expected.tensor(&format!("resized/{name}"));
        assert_eq!(
            [out.height as usize, out.width as usize, 3],
            tensor.shape[..],
            "{name}"
        );
        let got = interleaved(&out.data);
        let steps: Vec<u8> = got
            .iter()
            .zip(tensor.data)
            .map(|(a, b)| a.abs_diff(*b))
            .filter(|&d| d > 0)
            .collect();
        if !steps.is_empty() {
            wrong.push(format!(
                "{name}: {} of {} values, by up to {:?}",
                steps.len(),
                got.len(),
                steps.iter().max()
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn values_are_those_of_the_processor() {
    let expected = Expected::read();
    for case in of_kind("values") {
        let name = text(&case, "name");
        let picture = decode(&read(text(&case, "file"))).expect("decoded");
        let out = process(&picture, &options(&case, false));
        let tensor = expected.tensor(&format!("values/{name}"));
        assert_eq!(
            [3, out.height as usize, out.width as usize],
            tensor.shape[..],
            "{name}"
        );
        let wanted = tensor
            .data
            .as_chunks::<4>()
            .0
            .iter()
            .map(|b| f32::from_le_bytes(*b));
        for (got, want) in out.data.iter().zip(wanted) {
            assert!(
                (got - want).abs() <= 1e-6 * want.abs().max(1.0),
                "{name}: {got}, not {want}"
            );
        }
    }
}

#[test]
fn pan_and_scan_gives_the_same_crops() {
    let expected = Expected::read();
    for case in of_kind("crops") {
        let name = text(&case, "name");
        let picture = decode(&read(text(&case, "file"))).expect("decoded");
        let out = process(&picture, &options(&case, true));
        let tensor = expected.tensor(&format!("crops/{name}"));
        assert_eq!(
            [out.count, out.height as usize, out.width as usize, 3],
            tensor.shape[..],
            "{name}"
        );
        let each = out.data.len() / out.count;
        let got: Vec<u8> = out.data.chunks(each).flat_map(interleaved).collect();
        assert!(got == tensor.data, "{name}");
    }
}

#[test]
fn the_reader_sees_its_samples_as_in_training() {
    let samples = cases()["reader"].as_array().expect("reader").clone();
    assert_eq!(samples.len(), 12);
    let options = Options::from_json(
        r#"{"size": {"height": 84, "width": 84}, "do_rescale": false, "do_normalize": false}"#,
    )
    .expect("options");
    for sample in samples {
        let name = text(&sample, "file");
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../../models/reader/samples")
            .join(name);
        let picture = decode(&fs::read(path).expect(name)).expect(name);
        let got = interleaved(&process(&picture, &options).data);
        assert_eq!(
            u64::from(crc32(&got)),
            sample["crc32"].as_u64().expect("crc32"),
            "{name}"
        );
    }
}
