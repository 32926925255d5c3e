//! Blocks on their way: quantisation needs all 32 values of one at once, while chunks end anywhere.

use std::collections::BTreeMap;

use super::BLOCK;

/// The blocks of which a part has come, by number (row x blocks a row + block).
#[derive(Default)]
pub(super) struct Staging {
    blocks: BTreeMap<usize, Staged>,
}

struct Staged {
    values: [f32; BLOCK],
    /// A bit an element that has come.
    have: u32,
}

impl Staging {
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Take values of block `block`, which has `size` elements, from its element `at` on. The whole block once it has come,
    /// zeros behind its end; `Err` for an element that was there.
    pub fn add(
        &mut self,
        block: usize,
        size: usize,
        at: usize,
        values: &[f32],
    ) -> Result<Option<[f32; BLOCK]>, ()> {
        let staged = self.blocks.entry(block).or_insert(Staged {
            values: [0.0; BLOCK],
            have: 0,
        });
        let bits = ones(values.len()) << at;
        if staged.have & bits != 0 {
            return Err(());
        }
        staged.have |= bits;
        staged.values[at..at + values.len()].copy_from_slice(values);
        if staged.have != ones(size) {
            return Ok(None);
        }
        Ok(self.blocks.remove(&block).map(|staged| staged.values))
    }
}

/// The lowest `count` bits.
fn ones(count: usize) -> u32 {
    u32::MAX >> (BLOCK - count)
}
