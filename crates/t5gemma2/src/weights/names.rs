//! The spellings of tensor names that occur in checkpoints.

/// How names of an encoder's tensors begin where it is all that there is.
const ENCODER_PARTS: [&str; 6] = [
    "embed_tokens.",
    "layers.",
    "norm.",
    "text_model.",
    "vision_tower.",
    "multi_modal_projector.",
];

/// The one spelling that the schema uses: without `model.`, `text_model.` and `vision_model.`, and with the `encoder.` that a
/// checkpoint of the encoder alone leaves out.
pub(crate) fn canonical(name: &str) -> String {
    let name = name.strip_prefix("model.").unwrap_or(name);
    let of_encoder = ENCODER_PARTS.iter().any(|part| name.starts_with(part));
    let name = match of_encoder {
        true => format!("encoder.{name}"),
        false => name.to_owned(),
    };
    name.replacen("encoder.text_model.", "encoder.", 1)
        .replacen(
            "encoder.vision_tower.vision_model.",
            "encoder.vision_tower.",
            1,
        )
}

/// Whether the oracle leaves a tensor of this canonical name unused: buffers, SigLIP's pooling head.
pub(crate) fn ignorable(name: &str) -> bool {
    name.ends_with("inv_freq")
        || name.ends_with(".position_ids")
        || name.ends_with(".embed_scale")
        || name.starts_with("encoder.vision_tower.head.")
}
