//! One scan: its header, the walk over its blocks, and sequential blocks.

use super::super::pixels::Fault;
use super::bits::Bits;
use super::frame::{Component, Frame};
use super::huffman::Huffman;
use super::idct::{ZIGZAG, idct};
use super::progressive::{Pass, decode_block};
use super::segments::Parser;

/// A component of a scan: its index in the frame and its Huffman tables.
#[derive(Clone, Copy)]
pub(super) struct Part {
    component: usize,
    dc: usize,
    ac: usize,
}

pub(super) struct ScanHeader {
    parts: Vec<Part>,
    pass: Pass,
}

impl ScanHeader {
    pub fn parse(payload: &[u8], frame: &Frame) -> Result<Self, Fault> {
        let malformed = || Fault::corrupt("a scan header is malformed");
        let (&count, rest) = payload.split_first().ok_or_else(malformed)?;
        let count = usize::from(count);
        let (specs, tail) = rest.split_at_checked(2 * count).ok_or_else(malformed)?;
        let [first, last, approximation, ..] = *tail else {
            return Err(malformed());
        };
        if count == 0 || count > frame.components.len() {
            return Err(malformed());
        }
        let mut parts: Vec<Part> = Vec::with_capacity(count);
        for spec in specs.chunks(2) {
            let component = frame
                .components
                .iter()
                .position(|c| c.id == spec[0])
                .ok_or_else(malformed)?;
            let (dc, ac) = (usize::from(spec[1] >> 4), usize::from(spec[1] & 15));
            if dc > 3 || ac > 3 || parts.iter().any(|p| p.component == component) {
                return Err(malformed());
            }
            parts.push(Part { component, dc, ac });
        }
        let pass = Pass {
            first: usize::from(first),
            last: usize::from(last),
            high: approximation >> 4,
            low: approximation & 15,
        };
        if frame.progressive && !pass.is_valid(count) {
            return Err(Fault::corrupt(
                "a progressive scan has impossible parameters",
            ));
        }
        Ok(Self { parts, pass })
    }
}

/// The Huffman tables a part needs in this scan.
struct Tables<'t> {
    dc: Option<&'t Huffman>,
    ac: Option<&'t Huffman>,
}

/// What goes from block to block within a restart interval.
pub(super) struct Running {
    pub predictions: [i32; 4],
    pub end_of_band: u32,
}

impl Parser<'_> {
    /// Decodes the entropy-coded data of the scan whose header was read last.
    pub fn scan(&mut self) -> Result<(), Fault> {
        let header = self
            .scan
            .take()
            .ok_or_else(|| Fault::corrupt("it has no scan"))?;
        let mut frame = self
            .frame
            .take()
            .ok_or_else(|| Fault::corrupt("it has no frame"))?;
        let result = self.scan_blocks(&header, &mut frame);
        self.frame = Some(frame);
        result
    }

    fn scan_blocks(&mut self, header: &ScanHeader, frame: &mut Frame) -> Result<(), Fault> {
        let progressive = frame.progressive;
        for part in &header.parts {
            let component = &mut frame.components[part.component];
            if component.steps.is_none() {
                component.steps = self.steps[component.table];
            }
            if component.steps.is_none() {
                return Err(Fault::corrupt("a quantisation table is missing"));
            }
        }
        let missing = || Fault::corrupt("a Huffman table is missing");
        let needs_dc = !progressive || (header.pass.first == 0 && header.pass.high == 0);
        let needs_ac = !progressive || header.pass.first > 0;
        let tables: Vec<Tables> = header
            .parts
            .iter()
            .map(|part| {
                let dc = if needs_dc {
                    Some(self.dc[part.dc].as_ref().ok_or_else(missing)?)
                } else {
                    None
                };
                let ac = if needs_ac {
                    Some(self.ac[part.ac].as_ref().ok_or_else(missing)?)
                } else {
                    None
                };
                Ok(Tables { dc, ac })
            })
            .collect::<Result<_, Fault>>()?;

        // A scan of one component has one block an MCU and leaves the dummy blocks out.
        let alone = header.parts.len() == 1;
        let (wide, high) = if alone {
            frame.components[header.parts[0].component].shown_blocks()
        } else {
            frame.mcus()
        };
        let mut bits = Bits::new(self.bytes, self.position);
        let mut running = Running {
            predictions: [0; 4],
            end_of_band: 0,
        };
        let mut left = self.restart_interval;
        for mcu in 0..wide * high {
            if self.restart_interval > 0 {
                if left == 0 {
                    bits.restart()?;
                    running = Running {
                        predictions: [0; 4],
                        end_of_band: 0,
                    };
                    left = self.restart_interval;
                }
                left -= 1;
            }
            let (mcu_x, mcu_y) = (mcu % wide, mcu / wide);
            for (index, (part, tables)) in header.parts.iter().zip(&tables).enumerate() {
                let component = &mut frame.components[part.component];
                let (h, v) = if alone {
                    (1, 1)
                } else {
                    (component.h, component.v)
                };
                for block in 0..h * v {
                    let (x, y) = (mcu_x * h + block % h, mcu_y * v + block / h);
                    if progressive {
                        let at = (y * component.blocks_wide + x) * 64;
                        let Some(coefficients) = component.coefficients[at..].first_chunk_mut()
                        else {
                            return Err(missing());
                        };
                        decode_block(
                            &mut bits,
                            &header.pass,
                            tables.dc,
                            tables.ac,
                            index,
                            &mut running,
                            coefficients,
                        )?;
                    } else if let (Some(dc), Some(ac)) = (tables.dc, tables.ac) {
                        sequential_block(
                            &mut bits,
                            dc,
                            ac,
                            &mut running.predictions[index],
                            component,
                            x,
                            y,
                        )?;
                    }
                }
            }
        }
        self.position = bits.end();
        Ok(())
    }
}

/// The difference of a DC coefficient to the one before.
pub(super) fn dc_difference(bits: &mut Bits, table: &Huffman) -> Result<i32, Fault> {
    let size = table.decode(bits)?;
    if size > 15 {
        return Err(Fault::corrupt("a coefficient is too long"));
    }
    bits.extended(u32::from(size))
}

fn sequential_block(
    bits: &mut Bits,
    dc: &Huffman,
    ac: &Huffman,
    prediction: &mut i32,
    component: &mut Component,
    x: usize,
    y: usize,
) -> Result<(), Fault> {
    let mut block = [0i16; 64];
    *prediction = prediction.wrapping_add(dc_difference(bits, dc)?);
    block[0] = *prediction as i16;
    let mut k = 1;
    while k < 64 {
        let code = ac.decode(bits)?;
        let (run, size) = (usize::from(code >> 4), u32::from(code & 15));
        if size == 0 {
            if run < 15 {
                break;
            }
            k += 16;
            continue;
        }
        k += run;
        let Some(&natural) = ZIGZAG.get(k) else {
            return Err(Fault::corrupt("a block has too many coefficients"));
        };
        block[usize::from(natural)] = bits.extended(size)? as i16;
        k += 1;
    }
    let steps = component.steps.unwrap_or([1; 64]);
    let stride = component.stride();
    idct(&block, &steps, component.block_rows(x, y), stride);
    Ok(())
}
