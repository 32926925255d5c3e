//! The spellings of tensor names that occur in checkpoints.

/// The one spelling that the schema uses: without `model.`, `text_model.` and `vision_model.`.
pub(crate) fn canonical(name: &str) -> String {
    let name = name.strip_prefix("model.").unwrap_or(name);
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
