//! Options that are wrong, files that are damaged, sizes that lie.

use proptest::prelude::*;

use super::super::*;
use super::{crc32, files, read};

#[test]
fn odd_options_are_refused_by_name() {
    for (json, culprit) in [
        (r#"{"colour": 1}"#, "colour"),
        (r#"{"size": {"shortest_edge": 224}}"#, "size"),
        (r#"{"size": {"height": 0, "width": 5}}"#, "size"),
        (r#"{"size": {"height": 70000, "width": 70000}}"#, "size"),
        (r#"{"size": -3}"#, "size"),
        (r#"{"resample": 6}"#, "resample"),
        (r#"{"resample": "bilinear"}"#, "bilinear"),
        (r#"{"rescale_factor": 0}"#, "rescale_factor"),
        (r#"{"image_mean": [0.5, 0.5]}"#, "image_mean"),
        (r#"{"image_std": [0.5, 0, 0.5]}"#, "image_std"),
        (r#"{"do_pan_and_scan": true}"#, "pan_and_scan_min_crop_size"),
        ("[]", "picture options"),
        ("{", "picture options"),
    ] {
        let error = Options::from_json(json).expect_err(json);
        assert_eq!(error.code(), "InputError");
        assert!(error.to_string().contains(culprit), "{json}: {error}");
    }
    assert!(Options::from_json(r#"{"size": null, "resample": null, "image_mean": 0.5}"#).is_ok());
}

#[test]
fn what_is_no_picture_is_refused() {
    for (bytes, words) in [
        (&b""[..], "no bytes"),
        (b"hello", "no PNG, JPEG, WebP or GIF"),
        (b"\x89PNG\r\n\x1a\n", "PNG file is truncated"),
        (b"\xFF\xD8\xFF", "JPEG file is truncated"),
        (b"\xFF\xD8\xFF\xD9", "JPEG file is damaged: it has no frame"),
        (b"GIF89a", "GIF file is truncated"),
        (b"RIFF\x04\0\0\0WEBP", "WebP file is"),
        (b"BM6\0\0\0", "no PNG, JPEG, WebP or GIF"),
    ] {
        let error = decode(bytes).expect_err(words);
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(error.code(), "InputError");
    }
}

/// Writes a size into the header of each format.
fn claim(name: &str, width: u16, height: u16) -> Vec<u8> {
    let mut bytes = read(name);
    match name.rsplit('.').next() {
        Some("png") => {
            bytes[16..20].copy_from_slice(&u32::from(width).to_be_bytes());
            bytes[20..24].copy_from_slice(&u32::from(height).to_be_bytes());
            let crc = crc32(&bytes[12..29]);
            bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        }
        Some("jpg") => {
            let at = bytes
                .windows(2)
                .position(|w| w == [0xFF, 0xC0] || w == [0xFF, 0xC2])
                .expect("frame");
            bytes[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
            bytes[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
        }
        _ => {
            bytes[6..8].copy_from_slice(&width.to_le_bytes());
            bytes[8..10].copy_from_slice(&height.to_le_bytes());
        }
    }
    bytes
}

#[test]
fn a_lying_size_takes_no_memory() {
    for name in [
        "rgb8.png",
        "jpeg-420.jpg",
        "jpeg-progressive.jpg",
        "plain.gif",
    ] {
        let error = decode(&claim(name, 65_000, 65_000))
            .expect_err(name)
            .to_string();
        assert!(
            error.contains("too large: 65000 x 65000 pixels"),
            "{name}: {error}"
        );
    }
    for name in ["rgb8.png", "jpeg-420.jpg", "jpeg-progressive.jpg"] {
        let error = decode(&claim(name, 9_000, 9_000))
            .expect_err(name)
            .to_string();
        assert!(error.contains("more than its"), "{name}: {error}");
    }
}

#[test]
fn truncated_files_are_errors() {
    for name in [
        "rgb8.png",
        "interlaced.png",
        "jpeg-420.jpg",
        "jpeg-progressive.jpg",
        "jpeg-restart.jpg",
        "lossy.webp",
        "lossless.webp",
        "plain.gif",
    ] {
        let bytes = read(name);
        for share in [0.3, 0.6, 0.9] {
            let cut = (bytes.len() as f64 * share) as usize;
            let error = decode(&bytes[..cut]).expect_err(name).to_string();
            assert!(
                error.starts_with("picture: the ") && error.contains("file"),
                "{name}: {error}"
            );
        }
    }
    let bytes = read("jpeg-progressive.jpg");
    let error = decode(&bytes[..bytes.len() - 2])
        .expect_err("no end")
        .to_string();
    assert!(error.contains("truncated"), "{error}");
}

#[test]
fn a_webp_bitstream_must_have_the_size_of_its_frame() {
    for name in ["lossy-alpha.webp", "animated-alpha.webp"] {
        let bytes = read(name);
        let start = bytes
            .windows(3)
            .position(|w| w == [0x9D, 0x01, 0x2A])
            .expect("bitstream");
        for height in [0u16, 5, 16_383] {
            let mut lying = bytes.clone();
            lying[start + 5..start + 7].copy_from_slice(&height.to_le_bytes());
            let error = decode(&lying).expect_err(name).to_string();
            assert!(error.contains("but its data"), "{name}: {error}");
        }
    }
}

#[test]
fn raw_pixels_must_fit_their_size() {
    for (bytes, width, height, channels) in [
        (12, 2, 2, 2),
        (11, 2, 2, 3),
        (0, 0, 4, 3),
        (12, u32::MAX, u32::MAX, 4),
    ] {
        let error = from_raw(&vec![0; bytes], width, height, channels, true).expect_err("refused");
        assert_eq!(error.code(), "InputError");
    }
    assert!(from_raw(&[0; 12], 2, 2, 3, false).is_ok());
    assert!(from_raw(&[0; 16], 2, 2, 4, false).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens to a file, it decodes or is refused; nothing panics and no size is trusted.
    #[test]
    fn damaged_files_never_panic(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
        repeated in prop::option::of((any::<prop::sample::Index>(), any::<prop::sample::Index>())),
    ) {
        let files = files();
        let name = &files[which.index(files.len())];
        let mut bytes = read(name);
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some((from, to)) = repeated {
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            let piece = bytes[from.min(to)..from.max(to)].to_vec();
            bytes.splice(to..to, piece);
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = size(&bytes);
        if let Ok(picture) = decode(&bytes) {
            prop_assert_eq!(picture.rgb.len() as u64, u64::from(picture.width) * u64::from(picture.height) * 3);
            prop_assert!(!picture.rgb.is_empty());
        }
    }
}
