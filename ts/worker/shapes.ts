import type { Shape } from "./messages.js";

const MODEL = {
  values: ["config", "device", "deviceReason", "threads", "threadsReason", "dtype", "dtypeReason", "weightBytes", "disposed"],
  changing: ["weightBytes", "disposed"],
  calls: ["encode", "forward", "getInputEmbeddings", "dispose"],
} as const;

const CHAT = ["applyChatTemplate", "decode", "batchDecode", "streamDecoder"] as const;

const TOKENIZER_SETTINGS = ["paddingSide", "truncationSide", "modelMaxLength", "splitSpecialTokens", "addBosToken", "addEosToken"] as const;

const SPECIAL_TOKENS = [
  "specialTokensMap", "extraSpecialTokens", "bosToken", "eosToken", "unkToken", "padToken", "maskToken",
  "bosTokenId", "eosTokenId", "unkTokenId", "padTokenId", "maskTokenId", "allSpecialTokens", "allSpecialIds",
] as const;

const SIZES = ["vocabSize", "length", "maxLenSingleSentence", "maxLenSentencesPair"] as const;

/** What a page sees of the classes whose objects stay in a worker: all that is public of them. */
export const SHAPES = {
  T5Gemma2Model: { kind: "T5Gemma2Model", ...MODEL },
  T5Gemma2Encoder: { kind: "T5Gemma2Encoder", ...MODEL },
  T5Gemma2ForSequenceClassification: { kind: "T5Gemma2ForSequenceClassification", ...MODEL },
  T5Gemma2ForTokenClassification: { kind: "T5Gemma2ForTokenClassification", ...MODEL },
  T5Gemma2ForConditionalGeneration: {
    kind: "T5Gemma2ForConditionalGeneration",
    values: [...MODEL.values, "generationConfig"],
    changing: MODEL.changing,
    calls: [...MODEL.calls, "generate", "computeTransitionScores"],
    streams: ["stream"],
  },
  EncoderOutputs: {
    kind: "EncoderOutputs",
    values: ["dims", "disposed"],
    changing: ["disposed"],
    calls: ["lastHiddenState", "hiddenStates", "attentions", "dispose"],
  },
  EncoderDecoderCache: {
    kind: "EncoderDecoderCache",
    values: ["length", "batch", "layers", "encoderLength", "disposed"],
    changing: ["length", "batch", "layers", "encoderLength", "disposed"],
    calls: ["selfAttention", "crossAttention", "copy", "crop", "batchRepeatInterleave", "dispose"],
  },
  Processor: {
    kind: "Processor",
    values: ["tokenizer", "imageProcessor", "imageSeqLength", "chatTemplate", "imageToken", "imageTokenId"],
    calls: [...CHAT, "process", "postProcessImageTextToText"],
  },
  Tokenizer: {
    kind: "Tokenizer",
    values: ["cleanUpTokenizationSpaces", "chatTemplate", ...TOKENIZER_SETTINGS, ...SPECIAL_TOKENS, ...SIZES],
    changing: [...SPECIAL_TOKENS, ...SIZES],
    calls: [
      ...CHAT, "tokenize", "encode", "call", "pad", "numSpecialTokensToAdd", "specialTokenId", "getVocab", "getAddedVocab", "addTokens",
      "addSpecialTokens", "getSpecialTokensMask", "convertTokensToIds", "convertIdsToTokens", "convertTokensToString",
    ],
  },
  StreamDecoder: { kind: "StreamDecoder", calls: ["push", "end"] },
} as const satisfies Readonly<Record<string, Shape>>;

/** A class whose objects stay in a worker. */
export type Kind = keyof typeof SHAPES;

/** Those of {@link SHAPES} that are models. */
export const MODEL_KINDS = [
  "T5Gemma2Model", "T5Gemma2Encoder", "T5Gemma2ForSequenceClassification", "T5Gemma2ForTokenClassification", "T5Gemma2ForConditionalGeneration",
] as const satisfies readonly Kind[];

/** What a page hands in that a worker calls: streamers, sources, caches. */
const INTERFACES: readonly Shape[] = [
  { kind: "Streamer", calls: ["put", "end"] },
  { kind: "ModelSource", calls: ["stat", "read"], values: ["name"] },
  { kind: "CacheStore", calls: ["get", "put", "delete", "keys"] },
];

const GENERATOR: Shape = { kind: "generator", calls: ["next", "return"] };
const FUNCTION: Shape = { kind: "function" };

/** What the other side may see of a function, a generator, or an object with the methods of an interface. */
export function interfaceOf(value: object): Shape | undefined {
  if (typeof value === "function") return FUNCTION;
  if (Object.prototype.toString.call(value) === "[object AsyncGenerator]") return GENERATOR;
  if (Object.prototype.toString.call(value) !== "[object Object]") return undefined;
  const members = value as Readonly<Record<string, unknown>>;
  return INTERFACES.find(({ calls = [] }) => calls.every((name) => typeof members[name] === "function"));
}

/** What a page sees of a pipeline: whatever the task gives it. */
export function pipelineShape(pipeline: object): Shape {
  const entries = Object.entries(pipeline);
  const calls = entries.filter(([name, value]) => typeof value === "function" && name !== "stream" && !isPipeline(value)).map(([name]) => name);
  const values = entries.filter(([, value]) => typeof value !== "function").map(([name]) => name);
  return { kind: "pipeline", values, calls, streams: "stream" in pipeline ? ["stream"] : [] };
}

/** Whether a value is a pipeline: a function with a task. */
export function isPipeline(value: unknown): value is object {
  return typeof value === "function" && "task" in value;
}
