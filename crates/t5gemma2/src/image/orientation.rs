//! The orientation that a camera wrote down, read and applied as Pillow's `exif_transpose` does.

use super::Pixels;

/// 1 to 8 as EXIF numbers them; other values that files hold mean 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Orientation(u8);

const TAG: u16 = 0x0112;

impl Orientation {
    /// From a TIFF block (empty if the file has none), else from XMP.
    pub fn read(exif: &[u8], xmp: &[u8]) -> Self {
        let value = from_tiff(exif).or_else(|| from_xmp(xmp)).unwrap_or(1);
        Self(if (1..=8).contains(&value) {
            value as u8
        } else {
            1
        })
    }

    /// Whether width and height change places.
    pub fn swaps(self) -> bool {
        self.0 >= 5
    }

    /// Turns and mirrors the picture upright.
    pub fn apply(self, picture: Pixels) -> Pixels {
        if self.0 == 1 {
            return picture;
        }
        let (w, h) = (picture.width as usize, picture.height as usize);
        let (out_w, out_h) = if self.swaps() { (h, w) } else { (w, h) };
        let source = picture.rgb.as_chunks::<3>().0;
        let mut rgb = Vec::with_capacity(picture.rgb.len());
        for y in 0..out_h {
            for x in 0..out_w {
                let (from_x, from_y) = match self.0 {
                    2 => (w - 1 - x, y),
                    3 => (w - 1 - x, h - 1 - y),
                    4 => (x, h - 1 - y),
                    5 => (y, x),
                    6 => (y, h - 1 - x),
                    7 => (w - 1 - y, h - 1 - x),
                    _ => (w - 1 - y, x),
                };
                rgb.extend_from_slice(&source[from_y * w + from_x]);
            }
        }
        Pixels {
            width: out_w as u32,
            height: out_h as u32,
            rgb,
        }
    }
}

/// The value of the tag in the first directory, if the block is sound that far.
fn from_tiff(block: &[u8]) -> Option<u32> {
    let block = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
    let little = match block.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let u16_at = |at: usize| {
        let bytes = block.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let u32_at = |at: usize| {
        let bytes = block.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    };
    let directory = u32_at(4)? as usize;
    let count = usize::from(u16_at(directory)?);
    for entry in (0..count).map(|i| directory + 2 + 12 * i) {
        if u16_at(entry)? == TAG {
            return match (u16_at(entry + 2)?, u32_at(entry + 4)?) {
                (1 | 6, 1) => block.get(entry + 8).map(|&v| u32::from(v)),
                (3 | 8, 1) => u16_at(entry + 8).map(u32::from),
                (4 | 9, 1) => u32_at(entry + 8),
                _ => None,
            };
        }
    }
    None
}

/// The digit in `tiff:Orientation="6"` or `<tiff:Orientation>6<`.
fn from_xmp(xmp: &[u8]) -> Option<u32> {
    const KEY: &[u8] = b"tiff:Orientation";
    let mut rest = xmp;
    while let Some(at) = rest.windows(KEY.len()).position(|w| w == KEY) {
        rest = &rest[at + KEY.len()..];
        let value = rest
            .strip_prefix(b"=\"")
            .or_else(|| rest.strip_prefix(b">"));
        if let Some(digit) = value.and_then(|v| v.first()).filter(|d| d.is_ascii_digit()) {
            return Some(u32::from(digit - b'0'));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_blocks_mean_upright() {
        for block in [
            &b""[..],
            b"II*\0",
            b"II*\0\xff\xff\xff\xff",
            b"MM\0*\0\0\0\x08\0\x01",
            b"JUNKJUNKJUNK",
        ] {
            assert_eq!(Orientation::read(block, b""), Orientation(1), "{block:?}");
        }
        assert_eq!(
            Orientation::read(b"", b"tiff:Orientation=\"9\""),
            Orientation(1)
        );
        assert_eq!(
            Orientation::read(b"", b"tiff:Orientation tiff:Orientation>6<"),
            Orientation(6)
        );
    }
}
