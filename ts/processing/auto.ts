import type { SourceLike } from "../hub/index.js";
import { Processor } from "./processor.js";
import { Tokenizer } from "./tokenizer.js";
import type { TokenizerLoadOptions } from "./tokenizer-types.js";

/** Loads the tokenizer of a checkpoint. */
export const AutoTokenizer = {
  /** See {@link Tokenizer.fromPretrained}. */
  fromPretrained: (source: SourceLike, options?: TokenizerLoadOptions): Promise<Tokenizer> => Tokenizer.fromPretrained(source, options),
} as const;

/** Loads the processor of a checkpoint. */
export const AutoProcessor = {
  /** See {@link Processor.fromPretrained}. */
  fromPretrained: (source: SourceLike, options?: TokenizerLoadOptions): Promise<Processor> => Processor.fromPretrained(source, options),
} as const;
