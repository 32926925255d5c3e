//! Bits of entropy-coded data: stuffed zero bytes are taken out, and a marker ends it.

use super::super::pixels::Fault;

pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    position: usize,
    window: u64,
    /// Bits in `window`, counted from its top.
    held: u32,
    ended: bool,
}

impl<'a> Bits<'a> {
    pub fn new(bytes: &'a [u8], position: usize) -> Self {
        Self {
            bytes,
            position,
            window: 0,
            held: 0,
            ended: false,
        }
    }

    fn refill(&mut self) {
        while self.held <= 56 && !self.ended {
            let Some(&byte) = self.bytes.get(self.position) else {
                self.ended = true;
                return;
            };
            if byte == 0xFF {
                match self.bytes.get(self.position + 1) {
                    Some(0) => self.position += 1,
                    _ => {
                        self.ended = true;
                        return;
                    }
                }
            }
            self.position += 1;
            self.window |= u64::from(byte) << (56 - self.held);
            self.held += 8;
        }
    }

    /// The next 16 bits without taking them; zeros follow the last.
    pub fn peek16(&mut self) -> u32 {
        if self.held < 16 {
            self.refill();
        }
        (self.window >> 48) as u32
    }

    /// Takes `count` bits that were peeked at.
    pub fn skip(&mut self, count: u32) -> Result<(), Fault> {
        if count > self.held {
            self.refill();
            if count > self.held {
                return Err(Fault::truncated());
            }
        }
        self.window <<= count;
        self.held -= count;
        Ok(())
    }

    /// The next `count` bits, at most 16.
    pub fn take(&mut self, count: u32) -> Result<i32, Fault> {
        if count == 0 {
            return Ok(0);
        }
        let value = self.peek16() >> (16 - count);
        self.skip(count)?;
        Ok(value as i32)
    }

    pub fn bit(&mut self) -> Result<bool, Fault> {
        Ok(self.take(1)? == 1)
    }

    /// A signed value of `size` bits, as JPEG codes coefficients (figure F.12).
    pub fn extended(&mut self, size: u32) -> Result<i32, Fault> {
        let value = self.take(size)?;
        let below = size > 0 && value < 1 << (size - 1);
        Ok(if below {
            value - (1 << size) + 1
        } else {
            value
        })
    }

    /// Drops the rest of the byte and steps over a restart marker.
    pub fn restart(&mut self) -> Result<(), Fault> {
        (self.window, self.held, self.ended) = (0, 0, false);
        match next_marker(self.bytes, self.position) {
            Some((0xD0..=0xD7, after)) => {
                self.position = after;
                Ok(())
            }
            Some(_) => Err(Fault::corrupt("a restart marker is missing")),
            None => Err(Fault::truncated()),
        }
    }

    /// Where the search for the next marker begins. Reading ahead never passes one.
    pub fn end(self) -> usize {
        self.position
    }
}

/// The next marker at or after a position, and where what follows it begins. Junk and fill bytes are skipped.
pub(super) fn next_marker(bytes: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        at += bytes.get(at..)?.iter().position(|&b| b == 0xFF)?;
        match *bytes.get(at + 1)? {
            0xFF => at += 1,
            0 => at += 2,
            marker => return Some((marker, at + 2)),
        }
    }
}
