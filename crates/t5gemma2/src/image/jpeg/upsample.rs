//! Chroma brought to the size of the picture, as libjpeg-turbo does by default ("fancy", a triangle filter).

use super::frame::{Component, Frame};

/// How a component's samples become those of the picture.
#[derive(Clone, Copy)]
enum Method {
    /// Twice as wide, triangle filter.
    FancyWide,
    /// Twice as high, triangle filter.
    FancyHigh,
    /// Both.
    FancyBoth,
    /// Each sample repeated this often across and down.
    Repeat(usize, usize),
}

/// Makes rows of one component.
pub(super) struct Upsampler<'c> {
    component: &'c Component,
    method: Method,
    sums: Vec<i32>,
}

impl<'c> Upsampler<'c> {
    pub fn new(component: &'c Component, frame: &Frame) -> Self {
        let (across, down) = (frame.h_max / component.h, frame.v_max / component.v);
        let method = match (across, down) {
            (2, 1) if component.width > 2 => Method::FancyWide,
            (1, 2) => Method::FancyHigh,
            (2, 2) if component.width > 2 => Method::FancyBoth,
            _ => Method::Repeat(across, down),
        };
        Self {
            component,
            method,
            sums: vec![0; component.width],
        }
    }

    fn row(&self, y: usize) -> &'c [u8] {
        let start = y.min(self.component.height - 1) * self.component.stride();
        &self.component.plane[start..start + self.component.width]
    }

    /// The row that is nearer, and the one beyond the edge that row `y` of the picture leans to.
    fn near_and_far(&self, y: usize) -> (&'c [u8], &'c [u8]) {
        let far = if y.is_multiple_of(2) {
            (y / 2).saturating_sub(1)
        } else {
            y / 2 + 1
        };
        (self.row(y / 2), self.row(far))
    }

    /// Writes row `y` of the picture. `out` has room for the component's width times its factor, and may be longer.
    pub fn write(&mut self, y: usize, out: &mut [u8]) {
        match self.method {
            Method::Repeat(1, 1) => out[..self.component.width].copy_from_slice(self.row(y)),
            Method::Repeat(across, down) => {
                for (group, &sample) in out.chunks_exact_mut(across).zip(self.row(y / down)) {
                    group.fill(sample);
                }
            }
            Method::FancyWide => {
                let row = self.row(y);
                for (sum, &sample) in self.sums.iter_mut().zip(row) {
                    *sum = i32::from(sample);
                }
                widen(&self.sums, out, 2, (1, 2));
            }
            Method::FancyHigh => {
                let (near, far) = self.near_and_far(y);
                let bias = if y.is_multiple_of(2) { 1 } else { 2 };
                for ((pixel, &a), &b) in out.iter_mut().zip(near).zip(far) {
                    *pixel = ((i32::from(a) * 3 + i32::from(b) + bias) >> 2) as u8;
                }
            }
            Method::FancyBoth => {
                let (near, far) = self.near_and_far(y);
                for ((sum, &a), &b) in self.sums.iter_mut().zip(near).zip(far) {
                    *sum = i32::from(a) * 3 + i32::from(b);
                }
                widen(&self.sums, out, 4, (8, 7));
            }
        }
    }
}

/// Twice as many values, each three parts the nearer and one part the farther; `shift` takes the weights out again, and the
/// left and right of a pair are rounded by `bias`.
fn widen(values: &[i32], out: &mut [u8], shift: u32, bias: (i32, i32)) {
    let last = values.len() - 1;
    for (i, (&value, pair)) in values.iter().zip(out.chunks_exact_mut(2)).enumerate() {
        // At the edges the missing neighbour is the sample itself, which the rounding below then leaves as it is.
        let left = if i == 0 { value } else { values[i - 1] };
        let right = if i == last { value } else { values[i + 1] };
        pair[0] = ((3 * value + left + bias.0) >> shift) as u8;
        pair[1] = ((3 * value + right + bias.1) >> shift) as u8;
    }
}
