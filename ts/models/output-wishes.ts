/** What a call says of the states and attentions that it wants. */
interface Asked {
  readonly outputHiddenStates?: boolean | undefined;
  readonly outputAttentions?: boolean | undefined;
}

/** What a configuration says where a call says nothing. */
interface Configured {
  readonly outputHiddenStates: boolean | null;
  readonly outputAttentions: boolean | null;
}

/**
 * What to keep of one side besides its result. As in transformers, the configuration that counts is the side's own: that of the encoder's
 * text or of the decoder, and not the whole model's.
 */
export function outputsOf(asked: Asked, configured: Configured): { hiddenStates: boolean; attentions: boolean } {
  return {
    hiddenStates: asked.outputHiddenStates ?? configured.outputHiddenStates ?? false,
    attentions: asked.outputAttentions ?? configured.outputAttentions ?? false,
  };
}
