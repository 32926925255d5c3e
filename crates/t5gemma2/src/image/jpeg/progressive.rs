//! Blocks of progressive scans (section G.1.2 and figures G.3 to G.9 of the JPEG standard).

use super::super::pixels::Fault;
use super::bits::Bits;
use super::frame::Frame;
use super::huffman::Huffman;
use super::idct::{ZIGZAG, idct};
use super::scan::{Running, dc_difference};

/// What a scan adds: coefficients `first..=last` in zigzag order, from bit `high` down to bit `low`.
pub(super) struct Pass {
    pub first: usize,
    pub last: usize,
    /// 0 in the first scan of these coefficients.
    pub high: u8,
    pub low: u8,
}

impl Pass {
    pub fn is_valid(&self, components: usize) -> bool {
        let band = if self.first == 0 {
            self.last == 0
        } else {
            self.last >= self.first && self.last < 64 && components == 1
        };
        band && self.low <= 13 && (self.high == 0 || self.high == self.low + 1)
    }
}

pub(super) fn decode_block(
    bits: &mut Bits,
    pass: &Pass,
    dc: Option<&Huffman>,
    ac: Option<&Huffman>,
    index: usize,
    running: &mut Running,
    block: &mut [i16; 64],
) -> Result<(), Fault> {
    match (pass.first, pass.high, dc, ac) {
        (0, 0, Some(dc), _) => {
            let prediction = &mut running.predictions[index];
            *prediction = prediction.wrapping_add(dc_difference(bits, dc)?);
            block[0] = prediction.wrapping_shl(u32::from(pass.low)) as i16;
            Ok(())
        }
        (0, ..) => {
            if bits.bit()? {
                block[0] |= 1 << pass.low;
            }
            Ok(())
        }
        (_, 0, _, Some(ac)) => first_band(bits, pass, ac, &mut running.end_of_band, block),
        (.., Some(ac)) => refine_band(bits, pass, ac, &mut running.end_of_band, block),
        _ => Err(Fault::corrupt("a Huffman table is missing")),
    }
}

fn end_of_band_run(bits: &mut Bits, run: usize) -> Result<u32, Fault> {
    Ok((1 << run) + bits.take(run as u32)? as u32)
}

fn too_many() -> Fault {
    Fault::corrupt("a block has too many coefficients")
}

fn first_band(
    bits: &mut Bits,
    pass: &Pass,
    ac: &Huffman,
    end_of_band: &mut u32,
    block: &mut [i16; 64],
) -> Result<(), Fault> {
    if *end_of_band > 0 {
        *end_of_band -= 1;
        return Ok(());
    }
    let mut k = pass.first;
    while k <= pass.last {
        let code = ac.decode(bits)?;
        let (run, size) = (usize::from(code >> 4), u32::from(code & 15));
        if size == 0 {
            if run < 15 {
                *end_of_band = end_of_band_run(bits, run)? - 1;
                return Ok(());
            }
            k += 16;
            continue;
        }
        k += run;
        if k > pass.last {
            return Err(too_many());
        }
        block[usize::from(ZIGZAG[k])] =
            bits.extended(size)?.wrapping_shl(u32::from(pass.low)) as i16;
        k += 1;
    }
    Ok(())
}

fn refine_band(
    bits: &mut Bits,
    pass: &Pass,
    ac: &Huffman,
    end_of_band: &mut u32,
    block: &mut [i16; 64],
) -> Result<(), Fault> {
    let bit = 1i16 << pass.low;
    let mut k = pass.first;
    if *end_of_band == 0 {
        while k <= pass.last {
            let code = ac.decode(bits)?;
            let (mut run, size) = (code >> 4, code & 15);
            let mut new = 0;
            if size != 0 {
                new = if bits.bit()? { bit } else { -bit };
            } else if run < 15 {
                *end_of_band = end_of_band_run(bits, usize::from(run))?;
                break;
            }
            // Over `run` coefficients that are still zero; those that are not get their next bit on the way.
            while k <= pass.last {
                let coefficient = &mut block[usize::from(ZIGZAG[k])];
                if *coefficient != 0 {
                    refine(bits, coefficient, bit)?;
                } else if run == 0 {
                    break;
                } else {
                    run -= 1;
                }
                k += 1;
            }
            if new != 0 {
                if k > pass.last {
                    return Err(too_many());
                }
                block[usize::from(ZIGZAG[k])] = new;
            }
            k += 1;
        }
    }
    if *end_of_band > 0 {
        for &natural in &ZIGZAG[k.min(64)..=pass.last] {
            let coefficient = &mut block[usize::from(natural)];
            if *coefficient != 0 {
                refine(bits, coefficient, bit)?;
            }
        }
        *end_of_band -= 1;
    }
    Ok(())
}

fn refine(bits: &mut Bits, coefficient: &mut i16, bit: i16) -> Result<(), Fault> {
    if bits.bit()? && *coefficient & bit == 0 {
        let step = if *coefficient >= 0 { bit } else { -bit };
        *coefficient = coefficient.wrapping_add(step);
    }
    Ok(())
}

/// Transforms all coefficients of a progressive frame into its planes, freeing them on the way.
pub(super) fn finish(frame: &mut Frame) -> Result<(), Fault> {
    for component in &mut frame.components {
        let coefficients = std::mem::take(&mut component.coefficients);
        let steps = component
            .steps
            .ok_or_else(|| Fault::corrupt("a component has no scan"))?;
        let (wide, stride) = (component.blocks_wide, component.stride());
        for (index, block) in coefficients.as_chunks::<64>().0.iter().enumerate() {
            idct(
                block,
                &steps,
                component.block_rows(index % wide, index / wide),
                stride,
            );
        }
    }
    Ok(())
}
