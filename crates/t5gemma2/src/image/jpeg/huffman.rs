//! Huffman tables of JPEG: codes of at most 16 bits, looked up by 9 bits first.

use super::super::pixels::Fault;
use super::bits::Bits;

const FAST: u32 = 9;

pub(super) struct Huffman {
    /// `length << 8 | symbol` by the next 9 bits; 0 where the code is longer.
    fast: Vec<u16>,
    /// One more than the largest code of each length, aligned to 16 bits.
    limit: [u32; 17],
    /// What to add to a code of each length to find its symbol.
    offset: [i32; 17],
    symbols: Vec<u8>,
}

impl Huffman {
    /// From the number of codes of each length 1 to 16 and the symbols in order.
    pub fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self, Fault> {
        let mut table = Self {
            fast: vec![0; 1 << FAST],
            limit: [0; 17],
            offset: [0; 17],
            symbols: symbols.to_vec(),
        };
        let (mut code, mut index) = (0u32, 0usize);
        for length in 1..=16u32 {
            let count = u32::from(counts[length as usize - 1]);
            if code + count > 1 << length {
                return Err(Fault::corrupt("a Huffman table has more codes than fit"));
            }
            table.offset[length as usize] = index as i32 - code as i32;
            for _ in 0..count {
                if length <= FAST {
                    let first = (code << (FAST - length)) as usize;
                    let entry = (length << 8) as u16 | u16::from(symbols[index]);
                    table.fast[first..first + (1 << (FAST - length))].fill(entry);
                }
                code += 1;
                index += 1;
            }
            table.limit[length as usize] = code << (16 - length);
            code <<= 1;
        }
        Ok(table)
    }

    pub fn decode(&self, bits: &mut Bits) -> Result<u8, Fault> {
        let next = bits.peek16();
        let entry = self.fast[(next >> (16 - FAST)) as usize];
        if entry != 0 {
            bits.skip(u32::from(entry >> 8))?;
            return Ok(entry as u8);
        }
        for length in FAST + 1..=16 {
            if next < self.limit[length as usize] {
                bits.skip(length)?;
                let index = (next >> (16 - length)) as i32 + self.offset[length as usize];
                return self
                    .symbols
                    .get(index as usize)
                    .copied()
                    .ok_or_else(bad_code);
            }
        }
        // Past the end zeros are peeked at; they may be no code at all.
        bits.skip(16)?;
        Err(bad_code())
    }
}

fn bad_code() -> Fault {
    Fault::corrupt("its compressed data has a code that is in no table")
}
