//! Rotary position embedding parameters, one set a layer type.

use serde_json::{Map, Value};

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

/// The `rope_type` of the oracle. `dynamic` and `longrope`, which change their frequencies while a text grows, are not among them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RopeScaling {
    /// `default`: none.
    Default,
    /// `linear`: every frequency divided by the factor.
    Linear(f64),
    /// `proportional`: only a share of the head turns, with frequencies divided by the factor.
    Proportional {
        /// Divides the frequencies.
        factor: f64,
        /// Share of the head that turns, up to 1.
        share: f64,
    },
    /// `llama3`: long wavelengths stretched, short ones kept, those between interpolated.
    Llama3 {
        /// Divides the frequencies of long wavelengths.
        factor: f64,
        /// Wavelengths above the original length divided by this are long.
        low_freq_factor: f64,
        /// Wavelengths below the original length divided by this are short.
        high_freq_factor: f64,
        /// Length of the texts of pretraining.
        original_length: f64,
    },
    /// `yarn`: as `llama3` by the number of rotations, with cosine and sine scaled.
    Yarn {
        /// Divides the frequencies of few rotations.
        factor: f64,
        /// Factor on cosine and sine.
        attention_factor: f64,
        /// Rotations above which a frequency stays.
        beta_fast: f64,
        /// Rotations below which a frequency is divided.
        beta_slow: f64,
        /// Length of the texts of pretraining.
        original_length: f64,
        /// Whether the bounds are rounded to whole dimensions.
        truncate: bool,
    },
}

impl Rope {
    /// Parameters of a layer type, in the new (`rope_parameters`) or old (`rope_scaling`, `rope_theta`, `rope_local_base_freq`)
    /// spelling; those of a type that no layer has are not looked at.
    pub(super) fn read(config: &Fields, layer_type: LayerType, used: bool) -> Result<Self> {
        let (old_theta, default_theta) = match layer_type {
            LayerType::Full => ("rope_theta", 1_000_000.0),
            LayerType::Sliding => ("rope_local_base_freq", 10_000.0),
        };
        let all = config.object("rope_parameters")?;
        // What the oracle has where a layer type has no parameters.
        let mut object = Map::from_iter([("rope_type".to_string(), Value::from("default"))]);
        if let Some(all) = &all
            && let Some(given) = all.object(layer_type.name())?
        {
            object = given.map().clone();
        }
        // The oracle lays the old `rope_scaling` over the full layers only.
        if layer_type == LayerType::Full
            && let Some(over) = config.object("rope_scaling")?
        {
            object.extend(over.map().clone());
        }
        let path = format!("{}.{}", config.path("rope_parameters"), layer_type.name());
        let fields = Fields::at(&object, path);
        let default = Self {
            theta: default_theta,
            scaling: RopeScaling::Default,
        };
        if !used {
            return Ok(default);
        }
        let theta = match fields.positive("rope_theta")? {
            Some(theta) => theta,
            None => config.positive(old_theta)?.unwrap_or(default.theta),
        };
        // Older files call the type "type"; it counts where there is no newer one.
        let name = match fields.get("rope_type") {
            Some(_) => "rope_type",
            None => "type",
        };
        let kind = fields.text(name, "default")?;
        let scaling = match kind {
            "default" => RopeScaling::Default,
            "linear" => RopeScaling::Linear(required(&fields, kind, "factor")?),
            "proportional" => proportional(&fields)?,
            "llama3" => llama3(&fields, config)?,
            "yarn" => yarn(&fields, config, all.as_ref())?,
            other => {
                let reason = format!(
                    "\"{other}\" is not implemented; \"default\", \"linear\", \"yarn\", \"llama3\" and \"proportional\" are"
                );
                return Err(fields.error("rope_type", reason));
            }
        };
        let share = fields.positive("partial_rotary_factor")?.unwrap_or(1.0);
        let head_dim = config.count("head_dim", 256, 2)?;
        let whole = (head_dim as f64 * share).trunc() == head_dim as f64;
        if !whole && !matches!(kind, "default" | "proportional") {
            return Err(fields.error(
                "partial_rotary_factor",
                format!("is {share}, but rope_type \"{kind}\" turns whole heads here"),
            ));
        }
        Ok(Self { theta, scaling })
    }

    /// Factor on cosine and sine, the oracle's `attention_scaling`.
    pub fn attention_factor(&self) -> f32 {
        match self.scaling {
            RopeScaling::Yarn {
                attention_factor, ..
            } => attention_factor as f32,
            _ => 1.0,
        }
    }

    /// Inverse frequencies of the `d / 2` pairs of a head, as the oracle computes them in f32: `theta^(-2i/d)`, changed by the
    /// type as `modeling_rope_utils` of transformers says.
    pub fn inverse_frequencies(&self, head_dim: usize) -> Vec<f32> {
        let plain = |i: usize| {
            let exponent = (2 * i) as f32 / head_dim as f32;
            // f64 pow rounded to f32: within an ulp of torch's f32 pow.
            self.theta.powf(exponent as f64) as f32
        };
        let wavelengths = (0..head_dim / 2).map(plain);
        match self.scaling {
            RopeScaling::Default => wavelengths.map(|w| 1.0 / w).collect(),
            RopeScaling::Linear(factor) => wavelengths.map(|w| (1.0 / w) / factor as f32).collect(),
            RopeScaling::Proportional { factor, share } => {
                let turned = (share * head_dim as f64 / 2.0).floor() as usize;
                wavelengths
                    .enumerate()
                    .map(|(i, w)| {
                        if i < turned {
                            (1.0 / w) / factor as f32
                        } else {
                            0.0
                        }
                    })
                    .collect()
            }
            RopeScaling::Llama3 {
                factor,
                low_freq_factor: low,
                high_freq_factor: high,
                original_length,
            } => wavelengths
                .map(|w| {
                    let frequency = f64::from(1.0 / w);
                    let wavelength = 2.0 * std::f64::consts::PI / frequency;
                    let smooth = (original_length / wavelength - low) / (high - low);
                    if wavelength > original_length / low {
                        (frequency / factor) as f32
                    } else if wavelength < original_length / high {
                        frequency as f32
                    } else {
                        ((1.0 - smooth) * frequency / factor + smooth * frequency) as f32
                    }
                })
                .collect(),
            RopeScaling::Yarn {
                factor,
                beta_fast,
                beta_slow,
                original_length,
                truncate,
                ..
            } => {
                let dim = head_dim as f64;
                let bound = |rotations: f64| {
                    let turns = original_length / (rotations * 2.0 * std::f64::consts::PI);
                    dim * turns.ln() / (2.0 * self.theta.ln())
                };
                let (mut low, mut high) = (bound(beta_fast), bound(beta_slow));
                if truncate {
                    (low, high) = (low.floor(), high.ceil());
                }
                let (low, mut high) = (low.max(0.0), high.min(dim - 1.0));
                if low == high {
                    high += 0.001;
                }
                wavelengths
                    .enumerate()
                    .map(|(i, w)| {
                        let stretched = ((i as f64 - low) / (high - low)).clamp(0.0, 1.0);
                        let frequency = f64::from(1.0 / w);
                        (frequency / factor * stretched + frequency * (1.0 - stretched)) as f32
                    })
                    .collect()
            }
        }
    }
}

fn required(fields: &Fields, kind: &str, name: &str) -> Result<f64> {
    let missing = || fields.error(name, format!("is required by rope_type \"{kind}\""));
    fields.positive(name)?.ok_or_else(missing)
}

/// The length of pretraining; the present one where none is given.
fn original_length(fields: &Fields, config: &Fields) -> Result<f64> {
    let present = config.count("max_position_embeddings", 131_072, 1)? as f64;
    Ok(fields
        .positive("original_max_position_embeddings")?
        .unwrap_or(present))
}

fn proportional(fields: &Fields) -> Result<RopeScaling> {
    let share = fields.positive("partial_rotary_factor")?.unwrap_or(1.0);
    if share > 1.0 {
        return Err(fields.error(
            "partial_rotary_factor",
            format!("must be up to 1, not {share}"),
        ));
    }
    let factor = fields.positive("factor")?.unwrap_or(1.0);
    Ok(RopeScaling::Proportional { factor, share })
}

fn llama3(fields: &Fields, config: &Fields) -> Result<RopeScaling> {
    Ok(RopeScaling::Llama3 {
        factor: required(fields, "llama3", "factor")?,
        low_freq_factor: required(fields, "llama3", "low_freq_factor")?,
        high_freq_factor: required(fields, "llama3", "high_freq_factor")?,
        original_length: original_length(fields, config)?,
    })
}

fn yarn(fields: &Fields, config: &Fields, all: Option<&Fields>) -> Result<RopeScaling> {
    let original_length = original_length(fields, config)?;
    let factor = match fields.positive("factor")? {
        Some(factor) => factor,
        None if fields.is_null("factor") => {
            config.count("max_position_embeddings", 131_072, 1)? as f64 / original_length
        }
        None => required(fields, "yarn", "factor")?,
    };
    let scale = |weight: f64| {
        if factor <= 1.0 {
            1.0
        } else {
            0.1 * weight * factor.ln() + 1.0
        }
    };
    let weights = (
        fields.positive("mscale")?,
        fields.positive("mscale_all_dim")?,
    );
    let attention_factor = match (fields.positive("attention_factor")?, weights) {
        (Some(given), _) => given,
        (None, (Some(above), Some(below))) => scale(above) / scale(below),
        (None, _) => scale(1.0),
    };
    Ok(RopeScaling::Yarn {
        factor,
        attention_factor,
        beta_fast: fields.positive("beta_fast")?.unwrap_or(32.0),
        beta_slow: fields.positive("beta_slow")?.unwrap_or(1.0),
        original_length,
        // The oracle looks for it beside the layer types, not within them.
        truncate: match all {
            Some(all) => all.flag("truncate", true)?,
            None => true,
        },
    })
}
