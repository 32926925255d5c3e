//! Rotary position embedding parameters, one set a layer type.

use super::fields::Fields;
use super::text::LayerType;
use crate::error::Result;

/// How positions turn the heads of one layer type.
#[derive(Debug, Clone, PartialEq)]
pub struct Rope {
    /// Base of the wavelengths.
    pub theta: f64,
    /// Change of the frequencies for contexts longer than those of pretraining.
    pub scaling: RopeScaling,
}

/// The `rope_type` of the oracle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RopeScaling {
    /// `default`: none.
    Default,
    /// `linear`: every frequency divided by the factor.
    Linear(f64),
}

impl Rope {
    /// Parameters of a layer type, in the new (`rope_parameters`) or old (`rope_scaling`, `rope_theta`, `rope_local_base_freq`) spelling.
    pub(super) fn read(config: &Fields, layer_type: LayerType) -> Result<Self> {
        let (old_theta, default_theta) = match layer_type {
            LayerType::Full => ("rope_theta", 1_000_000.0),
            LayerType::Sliding => ("rope_local_base_freq", 10_000.0),
        };
        let nested = match config.object("rope_parameters")? {
            Some(all) => all.object(layer_type.name())?,
            None => None,
        };
        // The oracle lays the old `rope_scaling` over the full layers only.
        let over = if layer_type == LayerType::Full {
            config.object("rope_scaling")?
        } else {
            None
        };
        let sources = [over, nested];
        let mut theta = None;
        let mut kind = None;
        for fields in sources.iter().flatten() {
            theta = theta.or(fields.positive("rope_theta")?);
            for name in ["rope_type", "type"] {
                if kind.is_none() && fields.get(name).is_some() {
                    kind = Some((fields, name, fields.text(name, "default")?));
                }
            }
        }
        let theta = match theta {
            Some(theta) => theta,
            None => config.positive(old_theta)?.unwrap_or(default_theta),
        };
        let scaling =
            match kind {
                None | Some((_, _, "default")) => RopeScaling::Default,
                Some((_, _, "linear")) => {
                    let mut factor = None;
                    for fields in sources.iter().flatten() {
                        factor = factor.or(fields.positive("factor")?);
                    }
                    let (fields, ..) = kind.expect("the match above saw it");
                    RopeScaling::Linear(factor.ok_or_else(|| {
                        fields.error("factor", "is required by rope_type \"linear\"")
                    })?)
                }
                Some((fields, name, other)) => {
                    let reason =
                        format!("\"{other}\" is not implemented; \"default\" and \"linear\" are");
                    return Err(fields.error(name, reason));
                }
            };
        Ok(Self { theta, scaling })
    }

    /// Inverse frequencies `theta^(-2i/d) / factor` of the `d / 2` pairs of a head, as the oracle computes them in f32.
    pub fn inverse_frequencies(&self, head_dim: usize) -> Vec<f32> {
        let factor = match self.scaling {
            RopeScaling::Default => 1.0,
            RopeScaling::Linear(factor) => factor as f32,
        };
        (0..head_dim / 2)
            .map(|i| {
                let exponent = (2 * i) as f32 / head_dim as f32;
                // f64 pow rounded to f32: within an ulp of torch's f32 pow.
                let wavelength = self.theta.powf(exponent as f64) as f32;
                (1.0 / wavelength) / factor
            })
            .collect()
    }
}
