import { InputError } from "../errors.js";
import type { TokenBlock } from "../processing/token-rows.js";
import { EncoderDecoderCache } from "./encoder-decoder-cache.js";
import type { ModelCore } from "./model-core.js";

/** What a generation goes on from. */
export interface PlannedPast {
  readonly cache: EncoderDecoderCache;
  /** Whether the prompt begins with the tokens in the cache; else all of it follows them. */
  readonly inPrompt: boolean;
  /** Of the tokens before the prompt [batch, tokens in the cache]; all of them count without. */
  readonly mask: TokenBlock | undefined;
}

/** What a generation goes on from, and the mask of its prompt. */
export interface PromptPast {
  readonly past: PlannedPast | undefined;
  readonly decoderMask: TokenBlock | undefined;
}

/**
 * Checks that `pastKeyValues` are a cache of this model.
 *
 * @throws InputError for anything else
 */
export function checkCache(core: ModelCore, value: unknown): EncoderDecoderCache | undefined {
  if (value === undefined) return undefined;
  if (!(value instanceof EncoderDecoderCache)) throw wrong("must come from an earlier call");
  value.handleFor(core);
  return value;
}

/**
 * What the decoder's mask says of the cache, as the oracle reads it: a mask as long as the prompt means that the prompt begins with
 * what is in the cache; another one covers the cache and then the prompt; without one all of the prompt is new.
 *
 * @param length of the prompt
 * @throws InputError for a mask of another length, and a prompt that has nothing new
 */
export function planPast(cache: EncoderDecoderCache | undefined, mask: TokenBlock | undefined, length: number): PromptPast {
  if (cache === undefined) return { past: undefined, decoderMask: mask };
  const { length: seen } = cache;
  if (mask === undefined) return { past: { cache, inPrompt: false, mask: undefined }, decoderMask: undefined };
  if (mask.length === length) {
    if (seen >= length) throw wrong(`have ${seen} tokens, and decoderInputIds ${length} (the start token included): there must be at least one more`);
    return { past: { cache, inPrompt: true, mask: undefined }, decoderMask: mask };
  }
  if (mask.length !== seen + length) {
    throw new InputError(
      `decoderAttentionMask: covers ${mask.length} tokens; it must cover the ${length} of decoderInputIds (the start token included), which then begin with those in pastKeyValues, or the ${seen} there and these`,
      { details: { argument: "decoderAttentionMask", length: mask.length, expected: [length, seen + length] } },
    );
  }
  return { past: { cache, inPrompt: false, mask: columns(mask, 0, seen) }, decoderMask: columns(mask, seen, mask.length) };
}

function columns({ data, batch, length }: TokenBlock, begin: number, end: number): TokenBlock {
  const kept = data.filter((_, index) => index % length >= begin && index % length < end);
  return { data: kept, batch, length: end - begin };
}

function wrong(reason: string): InputError {
  return new InputError(`pastKeyValues: ${reason}`, { details: { argument: "pastKeyValues" } });
}
