//! The frame: its size, its components and their planes.

use super::super::pixels::Fault;

pub(super) struct Component {
    pub id: u8,
    /// Sampling factors, 1 to 4.
    pub h: usize,
    pub v: usize,
    /// Which quantisation table.
    pub table: usize,
    /// Samples that are shown.
    pub width: usize,
    pub height: usize,
    /// Blocks of the plane, dummy blocks at the right and bottom included.
    pub blocks_wide: usize,
    pub blocks_high: usize,
    /// Quantisation steps in natural order, as they stood at the component's first scan.
    pub steps: Option<[u16; 64]>,
    /// Samples, `blocks_wide * 8` a row.
    pub plane: Vec<u8>,
    /// Coefficients in natural order, 64 a block: progressive files only.
    pub coefficients: Vec<i16>,
}

impl Component {
    pub fn stride(&self) -> usize {
        self.blocks_wide * 8
    }

    /// Blocks that hold shown samples: what a scan of this component alone covers.
    pub fn shown_blocks(&self) -> (usize, usize) {
        (self.width.div_ceil(8), self.height.div_ceil(8))
    }

    /// The rows of one block in the plane.
    pub fn block_rows(&mut self, x: usize, y: usize) -> &mut [u8] {
        let stride = self.stride();
        &mut self.plane[y * 8 * stride + x * 8..]
    }
}

pub(super) struct Frame {
    pub width: usize,
    pub height: usize,
    pub progressive: bool,
    pub h_max: usize,
    pub v_max: usize,
    pub components: Vec<Component>,
}

impl Frame {
    /// From the payload of a start-of-frame segment.
    pub fn parse(payload: &[u8], progressive: bool) -> Result<Self, Fault> {
        let short = || Fault::corrupt("its frame header is too short");
        let [bits, h1, h0, w1, w0, count, rest @ ..] = payload else {
            return Err(short());
        };
        if *bits != 8 {
            return Err(Fault::unsupported(format!("{bits} bits a sample")));
        }
        let (height, width) = (
            usize::from(u16::from_be_bytes([*h1, *h0])),
            usize::from(u16::from_be_bytes([*w1, *w0])),
        );
        if width == 0 || height == 0 {
            return Err(Fault::corrupt(format!(
                "it declares a size of {width} x {height}"
            )));
        }
        if !matches!(count, 1 | 3 | 4) {
            return Err(Fault::unsupported(format!("{count} colour components")));
        }
        let specs = rest.get(..usize::from(*count) * 3).ok_or_else(short)?;
        let factors: Vec<(usize, usize)> = specs
            .chunks(3)
            .map(|s| (usize::from(s[1] >> 4), usize::from(s[1] & 15)))
            .collect();
        if factors
            .iter()
            .any(|&(h, v)| !(1..=4).contains(&h) || !(1..=4).contains(&v))
        {
            return Err(Fault::corrupt("a sampling factor is not within 1 to 4"));
        }
        let h_max = factors.iter().map(|f| f.0).max().unwrap_or(1);
        let v_max = factors.iter().map(|f| f.1).max().unwrap_or(1);
        if factors
            .iter()
            .any(|&(h, v)| h_max % h != 0 || v_max % v != 0)
        {
            return Err(Fault::unsupported(
                "a sampling factor that is no whole fraction of the largest",
            ));
        }
        let (mcus_wide, mcus_high) = (width.div_ceil(8 * h_max), height.div_ceil(8 * v_max));
        let components = specs
            .chunks(3)
            .zip(factors)
            .map(|(spec, (h, v))| Component {
                id: spec[0],
                h,
                v,
                table: usize::from(spec[2] & 3),
                width: (width * h).div_ceil(h_max),
                height: (height * v).div_ceil(v_max),
                blocks_wide: mcus_wide * h,
                blocks_high: mcus_high * v,
                steps: None,
                plane: Vec::new(),
                coefficients: Vec::new(),
            })
            .collect();
        Ok(Self {
            width,
            height,
            progressive,
            h_max,
            v_max,
            components,
        })
    }

    /// MCUs across and down in a scan of several components.
    pub fn mcus(&self) -> (usize, usize) {
        (
            self.width.div_ceil(8 * self.h_max),
            self.height.div_ceil(8 * self.v_max),
        )
    }

    /// Takes the memory of the planes, if a file of this many bytes can fill them: a block takes at least one bit a scan.
    pub fn allocate(&mut self, file_bytes: usize) -> Result<(), Fault> {
        let blocks: usize = self
            .components
            .iter()
            .map(|c| c.shown_blocks().0 * c.shown_blocks().1)
            .sum();
        if blocks > file_bytes.saturating_mul(8) {
            return Err(Fault::corrupt(format!(
                "it declares {} x {} pixels, more than its {file_bytes} bytes can hold",
                self.width, self.height
            )));
        }
        for component in &mut self.components {
            let samples = component.blocks_wide * component.blocks_high * 64;
            component.plane = vec![0; samples];
            if self.progressive {
                component.coefficients = vec![0; samples];
            }
        }
        Ok(())
    }
}
