import { InputError } from "../errors.js";

/** Why an option is refused, and the values that ask for nothing. null always does. */
interface Refusal {
  readonly why: string;
  readonly neutral?: readonly unknown[];
  /** Whether it is about speed or memory, so that a checkpoint's wish for it changes no result. */
  readonly isAboutCost?: true;
}

const removed = "transformers has removed it";
const otherTokenizer = "it is for an assistant with another tokenizer, and all T5Gemma 2 checkpoints have the same";
const oneCache = "there is one kind of cache here, which grows with the answer";

/** Options of transformers' GenerationConfig, and arguments of its `generate`, that can't be had. */
export const REFUSED: Readonly<Record<string, Refusal>> = {
  numBeamGroups: { why: removed, neutral: [1] },
  diversityPenalty: { why: removed, neutral: [0] },
  forceWordsIds: { why: removed },
  constraints: { why: removed },
  penaltyAlpha: { why: removed, neutral: [0] },
  dolaLayers: { why: removed },
  lowMemory: { why: removed, neutral: [false] },
  guidanceScale: { why: "transformers refuses it for this model", neutral: [1] },
  negativePromptIds: { why: "transformers refuses guidance for this model" },
  negativePromptAttentionMask: { why: "transformers refuses guidance for this model" },
  decoderInputsEmbeds: { why: "transformers refuses embeddings of the decoder's prompt, too: decoderInputIds are what it begins with" },
  useMtp: { why: "the model has no heads that predict several tokens", neutral: [false] },
  tokenHealing: { why: "it is for models without an encoder", neutral: [false] },
  cacheImplementation: { why: oneCache, neutral: ["dynamic", "static", "offloaded", "offloaded_static", "sliding_window", "hybrid"], isAboutCost: true },
  cacheConfig: { why: oneCache, isAboutCost: true },
  maxCacheLen: { why: oneCache, isAboutCost: true },
  compileConfig: { why: "nothing is compiled here", isAboutCost: true },
  disableCompile: { why: "nothing is compiled here", neutral: [true, false], isAboutCost: true },
  prefillChunkSize: { why: "prompts are read whole here", isAboutCost: true },
  continuousBatchingConfig: { why: "there is no continuous batching here", isAboutCost: true },
  isAssistant: { why: "a model becomes an assistant as another one's assistantModel", neutral: [false], isAboutCost: true },
  assistantEarlyExit: { why: "transformers fails with it for this model, whose layers are not trained to answer early", isAboutCost: true },
  assistantLookbehind: { why: otherTokenizer, isAboutCost: true },
  targetLookbehind: { why: otherTokenizer, isAboutCost: true },
  assistantEnsembleWeight: { why: "it would change the answer, and is not implemented", isAboutCost: true },
  speculationType: { why: "there are no draft models of that kind for this one", isAboutCost: true },
  assistantTokenizer: { why: otherTokenizer },
};

/**
 * Refuses options that can't be had, unless they ask for nothing. The caller's word goes before the checkpoint's.
 *
 * @throws InputError naming the option
 */
export function refuse(given: Readonly<Record<string, unknown>>, checkpoint: Readonly<Record<string, unknown>>): void {
  for (const [name, refusal] of Object.entries(REFUSED)) {
    if (given[name] !== undefined) complain(name, refusal, given[name], "option");
    else if (refusal.isAboutCost !== true) complain(name, refusal, checkpoint[name], "checkpoint");
  }
}

function complain(name: string, { why, neutral = [] }: Refusal, value: unknown, origin: "option" | "checkpoint"): void {
  if (value === undefined || value === null || neutral.includes(value)) return;
  const asked = origin === "option" ? "" : `the checkpoint's generation_config.json asks for ${JSON.stringify(value)}; `;
  const allowed = neutral.length === 0 ? "null" : neutral.map((each) => JSON.stringify(each)).join(" or ");
  const way = origin === "option" ? `leave it out, or pass ${allowed}` : `pass ${name}: ${allowed}`;
  throw new InputError(`${name}: ${asked}${why}; ${way}`, { details: { option: name, origin } });
}
