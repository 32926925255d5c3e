//! Markers and segments of a JPEG file, in order.

use super::super::pixels::Fault;
use super::bits::next_marker;
use super::colour::Colours;
use super::frame::Frame;
use super::huffman::Huffman;
use super::idct::ZIGZAG;
use super::scan::ScanHeader;

pub(super) struct Parser<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) position: usize,
    pub(super) frame: Option<Frame>,
    /// Quantisation steps in natural order.
    pub(super) steps: [Option<[u16; 64]>; 4],
    pub(super) dc: [Option<Huffman>; 4],
    pub(super) ac: [Option<Huffman>; 4],
    /// MCUs between restart markers; 0 for none.
    pub(super) restart_interval: usize,
    /// Set by [`Parser::until_scan`].
    pub(super) scan: Option<ScanHeader>,
    jfif: bool,
    adobe_transform: Option<u8>,
    pub exif: Vec<u8>,
    pub xmp: Vec<u8>,
}

impl<'a> Parser<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            position: 2,
            frame: None,
            steps: [None; 4],
            dc: [const { None }; 4],
            ac: [const { None }; 4],
            restart_interval: 0,
            scan: None,
            jfif: false,
            adobe_transform: None,
            exif: Vec::new(),
            xmp: Vec::new(),
        }
    }

    /// Reads on to the next scan (true) or the end of the image (false).
    pub fn until_scan(&mut self) -> Result<bool, Fault> {
        loop {
            let (marker, after) =
                next_marker(self.bytes, self.position).ok_or_else(Fault::truncated)?;
            self.position = after;
            match marker {
                0xD9 => return Ok(false),
                0x01 | 0xD0..=0xD8 => continue,
                _ => {}
            }
            let payload = self.payload()?;
            match marker {
                0xC0..=0xC2 => self.start_frame(payload, marker == 0xC2)?,
                0xC3 | 0xC5..=0xC7 | 0xC9..=0xCF if marker != 0xCC => {
                    return Err(Fault::unsupported(frame_kind(marker)));
                }
                0xC4 => self.huffman_tables(payload)?,
                0xDB => self.quantisation_tables(payload)?,
                0xDD => match payload {
                    [high, low] => {
                        self.restart_interval = usize::from(u16::from_be_bytes([*high, *low]))
                    }
                    _ => return Err(Fault::corrupt("its restart interval is malformed")),
                },
                0xDA => {
                    self.scan = Some(ScanHeader::parse(payload, self.frame()?)?);
                    return Ok(true);
                }
                0xE0 => self.jfif |= payload.starts_with(b"JFIF\0"),
                0xE1 => self.app1(payload),
                0xEE if payload.starts_with(b"Adobe") && payload.len() >= 12 => {
                    self.adobe_transform = Some(payload[11])
                }
                _ => {}
            }
        }
    }

    pub fn frame(&self) -> Result<&Frame, Fault> {
        self.frame
            .as_ref()
            .ok_or_else(|| Fault::corrupt("it has no frame header before its first scan"))
    }

    pub fn into_frame(self) -> Result<Frame, Fault> {
        self.frame.ok_or_else(|| Fault::corrupt("it has no frame"))
    }

    pub fn allocate(&mut self) -> Result<(), Fault> {
        let bytes = self.bytes.len();
        self.frame
            .as_mut()
            .map_or(Ok(()), |frame| frame.allocate(bytes))
    }

    /// The colours of the components, guessed as libjpeg does.
    pub fn colours(&self) -> Result<Colours, Fault> {
        let ids: Vec<u8> = self.frame()?.components.iter().map(|c| c.id).collect();
        Ok(match ids.len() {
            1 => Colours::Grey,
            3 if self.jfif => Colours::YCbCr,
            3 => match self.adobe_transform {
                Some(0) => Colours::Rgb,
                None if ids == *b"RGB" => Colours::Rgb,
                _ => Colours::YCbCr,
            },
            _ if self.adobe_transform == Some(2) => Colours::Ycck,
            _ => Colours::Cmyk,
        })
    }

    fn payload(&mut self) -> Result<&'a [u8], Fault> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let [high, low, ..] = rest else {
            return Err(Fault::truncated());
        };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if length < 2 {
            return Err(Fault::corrupt(
                "a segment is shorter than its own length field",
            ));
        }
        let payload = rest.get(2..length).ok_or_else(Fault::truncated)?;
        self.position += length;
        Ok(payload)
    }

    fn start_frame(&mut self, payload: &[u8], progressive: bool) -> Result<(), Fault> {
        if self.frame.is_some() {
            return Err(Fault::corrupt("it has two frames"));
        }
        self.frame = Some(Frame::parse(payload, progressive)?);
        Ok(())
    }

    fn quantisation_tables(&mut self, mut payload: &[u8]) -> Result<(), Fault> {
        while let Some((&head, rest)) = payload.split_first() {
            let wide = head >> 4 != 0;
            let size = if wide { 128 } else { 64 };
            let (Some(values), true) = (rest.get(..size), head & 15 < 4) else {
                return Err(Fault::corrupt("a quantisation table is malformed"));
            };
            let mut steps = [0; 64];
            for (k, &natural) in ZIGZAG.iter().enumerate() {
                steps[usize::from(natural)] = if wide {
                    u16::from_be_bytes([values[2 * k], values[2 * k + 1]])
                } else {
                    u16::from(values[k])
                };
            }
            self.steps[usize::from(head & 15)] = Some(steps);
            payload = &rest[size..];
        }
        Ok(())
    }

    fn huffman_tables(&mut self, mut payload: &[u8]) -> Result<(), Fault> {
        let malformed = || Fault::corrupt("a Huffman table is malformed");
        while let Some((&head, rest)) = payload.split_first() {
            let counts: &[u8; 16] = rest.first_chunk().ok_or_else(malformed)?;
            let total: usize = counts.iter().map(|&c| usize::from(c)).sum();
            let symbols = rest.get(16..16 + total).ok_or_else(malformed)?;
            let tables = match head >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return Err(malformed()),
            };
            *tables
                .get_mut(usize::from(head & 15))
                .ok_or_else(malformed)? = Some(Huffman::new(counts, symbols)?);
            payload = &rest[16 + total..];
        }
        Ok(())
    }

    fn app1(&mut self, payload: &[u8]) {
        if let Some(tiff) = payload.strip_prefix(b"Exif\0\0") {
            self.exif.extend_from_slice(tiff);
        } else if let Some(xmp) = payload.strip_prefix(b"http://ns.adobe.com/xap/1.0/\0") {
            self.xmp = xmp.to_vec();
        }
    }
}

fn frame_kind(marker: u8) -> &'static str {
    match marker {
        0xC3 | 0xC7 | 0xCB | 0xCF => "lossless compression",
        0xC9 | 0xCA => "arithmetic coding",
        _ => "hierarchical compression",
    }
}
