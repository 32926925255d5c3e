//! Which tensors a configuration asks for, and how they are laid out in memory.

use crate::config::{Config, TextConfig, VisionConfig};

/// What can be loaded on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The text side of a model for this task.
    Text(Task),
    /// Vision tower and projector, wanted when a picture first comes.
    Vision,
}

/// What a model is for: which of its halves there are, and what lies on top of the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// `T5Gemma2ForConditionalGeneration`: an LM head.
    Generation,
    /// `T5Gemma2ForSequenceClassification`: a score a sequence.
    SequenceClassification,
    /// `T5Gemma2ForTokenClassification`: a score a token.
    TokenClassification,
    /// `T5Gemma2Model`: the decoder's states.
    Base,
    /// The encoder alone.
    Encoder,
}

impl Task {
    /// Every task.
    pub const ALL: [Task; 5] = [
        Task::Generation,
        Task::SequenceClassification,
        Task::TokenClassification,
        Task::Base,
        Task::Encoder,
    ];

    /// What the bindings call it.
    pub fn name(self) -> &'static str {
        match self {
            Task::Generation => "generation",
            Task::SequenceClassification => "sequence-classification",
            Task::TokenClassification => "token-classification",
            Task::Base => "base",
            Task::Encoder => "encoder",
        }
    }
}

/// How a slot is kept in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// A weight matrix [rows, cols] in the chosen weight dtype.
    Matrix,
    /// A matrix that the checkpoint stores [cols, rows].
    Transposed,
    /// f32 values: norms, biases, learned positions.
    Dense,
}

/// One thing in memory, made of one or more stored tensors stacked by rows.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    pub key: String,
    pub layout: Layout,
    /// Shape in memory: [rows, cols] or [values].
    pub shape: Vec<usize>,
    pub parts: Vec<SlotPart>,
    /// May be absent: then another slot stands in for it.
    pub optional: bool,
}

/// A stored tensor's place in a slot.
#[derive(Debug, Clone)]
pub(crate) struct SlotPart {
    /// Canonical name.
    pub name: String,
    /// Shape in the file.
    pub shape: Vec<usize>,
    /// First element within the slot.
    pub offset: usize,
}

/// Every slot of a part.
pub(crate) fn slots(config: &Config, part: Part) -> Vec<Slot> {
    let mut slots = Vec::new();
    match part {
        Part::Vision => vision(&mut slots, &config.vision, config.encoder.hidden_size),
        Part::Text(task) => {
            embedding(&mut slots, "encoder", &config.encoder, false);
            stack(&mut slots, "encoder", &config.encoder);
            if task != Task::Encoder {
                embedding(
                    &mut slots,
                    "decoder",
                    &config.decoder,
                    config.tie_word_embeddings,
                );
                stack(&mut slots, "decoder", &config.decoder);
            }
            head(&mut slots, config, task);
        }
    }
    slots
}

fn head(slots: &mut Vec<Slot>, config: &Config, task: Task) {
    let hidden = config.decoder.hidden_size;
    match task {
        Task::Generation => {
            let slot = matrix(
                "lm_head",
                &[("lm_head.out_proj.weight", config.decoder.vocab_size)],
                hidden,
            );
            slots.push(Slot {
                optional: config.tie_word_embeddings,
                ..slot
            });
        }
        Task::SequenceClassification | Task::TokenClassification => {
            slots.push(matrix(
                "score",
                &[("score.out_proj.weight", config.num_labels)],
                hidden,
            ));
            slots.push(dense(
                "score.bias",
                &[("score.out_proj.bias", config.num_labels)],
            ));
        }
        Task::Base | Task::Encoder => {}
    }
}

fn matrix(key: &str, parts: &[(&str, usize)], cols: usize) -> Slot {
    let mut offset = 0;
    let parts: Vec<_> = parts
        .iter()
        .map(|&(name, rows)| {
            let part = SlotPart {
                name: name.to_string(),
                shape: vec![rows, cols],
                offset,
            };
            offset += rows * cols;
            part
        })
        .collect();
    Slot {
        key: key.to_string(),
        layout: Layout::Matrix,
        shape: vec![offset / cols, cols],
        parts,
        optional: false,
    }
}

fn dense(key: &str, parts: &[(&str, usize)]) -> Slot {
    let mut offset = 0;
    let parts: Vec<_> = parts
        .iter()
        .map(|&(name, values)| {
            let part = SlotPart {
                name: name.to_string(),
                shape: vec![values],
                offset,
            };
            offset += values;
            part
        })
        .collect();
    Slot {
        key: key.to_string(),
        layout: Layout::Dense,
        shape: vec![offset],
        parts,
        optional: false,
    }
}

fn embedding(slots: &mut Vec<Slot>, side: &str, config: &TextConfig, optional: bool) {
    let weight = format!("{side}.embed_tokens.weight");
    let eoi = format!("{side}.embed_tokens.eoi_embedding");
    slots.push(Slot {
        optional,
        ..matrix(&weight, &[(&weight, config.vocab_size)], config.hidden_size)
    });
    slots.push(Slot {
        optional,
        ..dense(&eoi, &[(&eoi, config.hidden_size)])
    });
}

fn stack(slots: &mut Vec<Slot>, side: &str, config: &TextConfig) {
    let hidden = config.hidden_size;
    let (query, key_value) = (config.query_size(), config.key_value_size());
    let norm = |slots: &mut Vec<Slot>, name: &str, size: usize| {
        let name = format!("{side}.{name}.weight");
        slots.push(dense(&name, &[(&name, size)]));
    };
    for layer in 0..config.num_hidden_layers() {
        let at = format!("{side}.layers.{layer}");
        let attention = format!("{at}.self_attn");
        let qkv = [("q", query), ("k", key_value), ("v", key_value)];
        let names = qkv.map(|(n, rows)| (format!("{attention}.{n}_proj.weight"), rows));
        slots.push(matrix(
            &format!("{attention}.qkv"),
            &names.each_ref().map(|(n, rows)| (n.as_str(), *rows)),
            hidden,
        ));
        let output = format!("{attention}.o_proj.weight");
        slots.push(matrix(&output, &[(&output, hidden)], query));
        if config.attention_bias {
            let names = qkv.map(|(n, rows)| (format!("{attention}.{n}_proj.bias"), rows));
            slots.push(dense(
                &format!("{attention}.qkv.bias"),
                &names.each_ref().map(|(n, rows)| (n.as_str(), *rows)),
            ));
            let bias = format!("{attention}.o_proj.bias");
            slots.push(dense(&bias, &[(&bias, hidden)]));
        }
        for name in ["q_norm", "k_norm"] {
            norm(
                slots,
                &format!("layers.{layer}.self_attn.{name}"),
                config.head_dim,
            );
        }
        for name in [
            "pre_self_attn",
            "post_self_attn",
            "pre_feedforward",
            "post_feedforward",
        ] {
            norm(slots, &format!("layers.{layer}.{name}_layernorm"), hidden);
        }
        let names = ["gate", "up"].map(|n| format!("{at}.mlp.{n}_proj.weight"));
        let rows = names
            .each_ref()
            .map(|n| (n.as_str(), config.intermediate_size));
        slots.push(matrix(&format!("{at}.mlp.gate_up"), &rows, hidden));
        let name = format!("{at}.mlp.down_proj.weight");
        slots.push(matrix(&name, &[(&name, hidden)], config.intermediate_size));
    }
    norm(slots, "norm", hidden);
}

fn vision(slots: &mut Vec<Slot>, config: &VisionConfig, text_hidden: usize) {
    let hidden = config.hidden_size;
    let tower = "encoder.vision_tower";
    let patch = config.num_channels * config.patch_size * config.patch_size;
    let patches = config.patches_per_side() * config.patches_per_side();
    let linear = |slots: &mut Vec<Slot>, name: &str, rows: usize, cols: usize| {
        let weight = format!("{name}.weight");
        slots.push(matrix(&weight, &[(&weight, rows)], cols));
        let bias = format!("{name}.bias");
        slots.push(dense(&bias, &[(&bias, rows)]));
    };
    let layer_norm = |slots: &mut Vec<Slot>, name: &str| {
        for kind in ["weight", "bias"] {
            let name = format!("{name}.{kind}");
            slots.push(dense(&name, &[(&name, hidden)]));
        }
    };
    let embeddings = format!("{tower}.embeddings");
    linear(
        slots,
        &format!("{embeddings}.patch_embedding"),
        hidden,
        patch,
    );
    let convolution = slots.len() - 2;
    slots[convolution].parts[0].shape = vec![
        hidden,
        config.num_channels,
        config.patch_size,
        config.patch_size,
    ];
    let positions = format!("{embeddings}.position_embedding.weight");
    let mut slot = dense(&positions, &[(&positions, patches * hidden)]);
    slot.shape = vec![patches, hidden];
    slot.parts[0].shape = vec![patches, hidden];
    slots.push(slot);
    for layer in 0..config.num_hidden_layers {
        let at = format!("{tower}.encoder.layers.{layer}");
        for (kind, suffix) in [("weight", ""), ("bias", ".bias")] {
            let names = ["q", "k", "v"].map(|n| format!("{at}.self_attn.{n}_proj.{kind}"));
            let rows = names.each_ref().map(|n| (n.as_str(), hidden));
            let key = format!("{at}.self_attn.qkv{suffix}");
            slots.push(if kind == "weight" {
                matrix(&key, &rows, hidden)
            } else {
                dense(&key, &rows)
            });
        }
        linear(slots, &format!("{at}.self_attn.out_proj"), hidden, hidden);
        layer_norm(slots, &format!("{at}.layer_norm1"));
        layer_norm(slots, &format!("{at}.layer_norm2"));
        linear(
            slots,
            &format!("{at}.mlp.fc1"),
            config.intermediate_size,
            hidden,
        );
        linear(
            slots,
            &format!("{at}.mlp.fc2"),
            hidden,
            config.intermediate_size,
        );
    }
    layer_norm(slots, &format!("{tower}.post_layernorm"));
    let projector = "encoder.multi_modal_projector";
    let norm = format!("{projector}.mm_soft_emb_norm.weight");
    slots.push(dense(&norm, &[(&norm, hidden)]));
    let projection = format!("{projector}.mm_input_projection_weight");
    let mut slot = matrix(&projection, &[(&projection, text_hidden)], hidden);
    slot.layout = Layout::Transposed;
    slot.parts[0].shape = vec![hidden, text_hidden];
    slots.push(slot);
}
