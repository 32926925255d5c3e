import { expectTypeOf, it } from "vitest";
import type { T5Gemma2Model } from "../../../ts/models/base-model.js";
import type { T5Gemma2ForConditionalGeneration } from "../../../ts/models/conditional-generation.js";
import type { EncoderDecoderCache } from "../../../ts/models/encoder-decoder-cache.js";
import type { T5Gemma2Encoder } from "../../../ts/models/encoder-model.js";
import type { EncoderOutputs } from "../../../ts/models/encoder-outputs.js";
import type { T5Gemma2ForSequenceClassification } from "../../../ts/models/sequence-classification.js";
import type { T5Gemma2ForTokenClassification } from "../../../ts/models/token-classification.js";
import type { Processor } from "../../../ts/processing/processor.js";
import type { StreamDecoder } from "../../../ts/processing/stream-decoder.js";
import type { Tokenizer } from "../../../ts/processing/tokenizer.js";
import type { Kind, SHAPES } from "../../../ts/worker/shapes.js";

interface Classes {
  T5Gemma2Model: T5Gemma2Model;
  T5Gemma2Encoder: T5Gemma2Encoder;
  T5Gemma2ForConditionalGeneration: T5Gemma2ForConditionalGeneration;
  T5Gemma2ForSequenceClassification: T5Gemma2ForSequenceClassification;
  T5Gemma2ForTokenClassification: T5Gemma2ForTokenClassification;
  EncoderOutputs: EncoderOutputs;
  EncoderDecoderCache: EncoderDecoderCache;
  Processor: Processor;
  Tokenizer: Tokenizer;
  StreamDecoder: StreamDecoder;
}

/** Members that are marked as internal. */
interface Internal {
  EncoderOutputs: "handleFor" | "withMask" | "checkSameInputs" | "inputs" | "mask" | "batch" | "length" | "inputTokens";
  EncoderDecoderCache: "handleFor" | "encoderOutputs";
  Tokenizer: "chatTemplates" | "textBytes" | "tokenTable" | "renderChat" | "encodeMarked" | "encoding" | "planLengths" | "encodeAll";
}

type Listed<Shape, Key extends "values" | "calls" | "streams"> = Shape extends { readonly [K in Key]: readonly (infer Name)[] } ? Name : never;
type Shown<K extends Kind> = Listed<(typeof SHAPES)[K], "values"> | Listed<(typeof SHAPES)[K], "calls"> | Listed<(typeof SHAPES)[K], "streams">;
type Public<K extends Kind> = Exclude<keyof Classes[K] & string, "core" | (K extends keyof Internal ? Internal[K] : never)>;

/** The kinds whose lists lack a member, or have one too many. */
type Incomplete = { [K in Kind]: [Shown<K>, Public<K>] extends [Public<K>, Shown<K>] ? never : { kind: K; lacks: Exclude<Public<K>, Shown<K>>; tooMany: Exclude<Shown<K>, Public<K>> } }[Kind];

it("the members that a page sees are all that are public", () => {
  expectTypeOf<Incomplete>().toBeNever();
});
