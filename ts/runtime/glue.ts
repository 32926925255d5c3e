/** What the bindings of the binaries that compute export, as this package uses them. */
import type { Device, Dtype } from "./types.js";

/** A computation inside wasm: polled from here, so that a trap lands in the caller's hands and not in an event loop. */
export interface WasmTask {
  /** Goes on with the work; true once it is done. `wake` is called when polling again makes sense. */
  poll(wake: () => void): boolean;
  /** The result, once; throws what the computation failed with. */
  take(): unknown;
  free(): void;
}

export interface WasmDevice {
  /** JSON: what the device calls itself. */
  info(): string;
  free(): void;
}

export interface WasmLoader {
  addFile(name: string, head: Uint8Array, size: number): void;
  /** JSON: { ranges: [{ file, begin, end }], warnings: string[], weightBytes }. */
  plan(): string;
  push(file: number, offset: number, bytes: Uint8Array): void;
  free(): void;
}

/** Numbers read from the device. */
export interface WasmTensor {
  readonly data: Float32Array;
  readonly dims: Uint32Array;
}

export interface WasmEncoderOutput {
  /** [batch, length, hidden]. */
  dims(): Uint32Array;
  /** The same states behind another mask [batch, length], or none. */
  withMask(mask: Int32Array | undefined): WasmEncoderOutput;
  /** Task of a Float32Array. */
  lastHiddenState(): WasmTask;
  /** Task of {@link WasmRecorded}, or undefined. */
  recorded(): WasmTask;
  free(): void;
}

/** Keys and values of what the decoder has read. */
export interface WasmCache {
  /** Tokens that the decoder has read. */
  seen(): number;
  batch(): number;
  layers(): number;
  /** [batch, length, hidden] of the encoder output. */
  encoderDims(): Uint32Array;
  /** Its own rows, or repeated so that there are so many. */
  encoderOutput(rows: number | undefined): WasmEncoderOutput;
  copy(): WasmCache;
  /** Forgets the newest tokens. */
  crop(tokens: number): void;
  /** Every row so many times, next to each other. */
  repeat(repeats: number): void;
  /** Task of `{ keys, values }`, {@link WasmTensor} each: of the decoder's own tokens, or of the encoder's. */
  keysAndValues(layer: number, cross: boolean): WasmTask;
  free(): void;
}

/** Added to scores: [batch or 1, heads or 1, queries, keys]. */
export interface WasmPairMask {
  readonly data: Float32Array;
  readonly dims: Uint32Array;
}

/** One for every layer, or one of each type. */
export interface WasmPairMasks {
  readonly every?: WasmPairMask;
  readonly full?: WasmPairMask;
  readonly sliding?: WasmPairMask;
}

/** What either side reads: ids or embeddings, [batch, length]. */
export interface WasmSideInputs {
  readonly length: number;
  readonly inputIds?: Int32Array | undefined;
  readonly inputsEmbeds?: Float32Array | undefined;
  readonly positionIds?: Int32Array | undefined;
  readonly attentionMask?: Int32Array | undefined;
  /** In place of `attentionMask`. */
  readonly pairs?: WasmPairMasks | undefined;
  readonly hiddenStates?: boolean | undefined;
  readonly attentions?: boolean | undefined;
}

/** What {@link WasmModel.encode} takes. */
export interface WasmEncoderInputs extends WasmSideInputs {
  readonly batch: number;
  readonly pixelValues?: Float32Array | undefined;
  /** How many of them. */
  readonly pictures?: number | undefined;
}

/** The tokens whose logits are computed; without any of these, all. */
export interface WasmKeep {
  readonly keepLast?: number;
  readonly keepAt?: Int32Array;
  /** [batch, n]. */
  readonly keepEach?: Int32Array;
  /** [batch, length] of 0 and 1. */
  readonly keepWhere?: Uint8Array;
}

/** What the logits are measured against. */
export interface WasmTarget {
  readonly target?: "classes" | "numbers" | "labels";
  readonly classes?: Int32Array;
  readonly items?: number;
  readonly numbers?: Float32Array;
}

/** What {@link WasmModel.decode} takes; its mask is [batch, tokens in the cache + length]. */
export interface WasmDecoderInputs extends WasmSideInputs, WasmKeep, WasmTarget {
  /** In place of the encoder output's own. */
  readonly encoderMask?: Int32Array | undefined;
  readonly encoderUnmasked?: boolean | undefined;
  readonly encoderPairs?: WasmPairMasks | undefined;
  readonly states?: boolean | undefined;
}

/** What was asked for. */
export interface WasmDecoderOutput {
  /** [batch, kept, vocab or labels]. */
  readonly logits: WasmTensor | undefined;
  readonly loss: number | undefined;
  readonly lastHiddenState: WasmTensor | undefined;
  readonly recorded: WasmRecorded | undefined;
}

/** A step is one call, or its halves: scores, readScores, choose; of a beam search expand and select in place of choose. */
export interface WasmGeneration {
  /** Task of a {@link WasmStep}; a device that can goes on by itself for `ahead` steps, and has their tokens at once. */
  step(ahead: number): WasmTask;
  /** Task that ends once the device has nothing under way for it; what it took ahead is given up. */
  settle(): WasmTask;
  /** Why the host took part in each step so far; undefined where the device replays a recorded one. */
  whyStepwise(): string | undefined;
  /** Task of {@link WasmRecorded}, or undefined: of the encoder, as it was asked for. */
  encoderRecorded(): WasmTask;
  /** Task of the first half of a step. */
  scores(): WasmTask;
  /** [rows, vocab], between the halves. */
  readScores(): Float32Array;
  /** [rows, length]: the rows so far, or the running beams. */
  sequences(): Int32Array;
  /** The tokens that each row may go on with in the next step, `counts` of them a row. */
  allow(tokens: Int32Array, counts: Uint32Array): void;
  /** The same as bits, a row of words each: bit `id % 32` of word `id / 32`. Nothing overrules it. */
  mask(words: Uint32Array): void;
  /** Lets a second model draft, before the first step; `encoderOutput` is its own. */
  assist(model: WasmModel, encoderOutput: WasmEncoderOutput): void;
  /** [guessed, accepted] tokens, and with an assistant how many it would draft next. */
  guesses(): Uint32Array | undefined;
  /** Task of a {@link WasmStep}: the second half. */
  choose(changed: Float32Array | undefined): WasmTask;
  expand(changed: Float32Array | undefined): WasmCandidates;
  /** Task of a {@link WasmStep}; 1 for each continuation that ends. */
  select(stopped: Uint8Array): WasmTask;
  /** Ends rows after a step; whether all is done with that. */
  stop(rows: Uint8Array): boolean;
  /** What the decoder has read, as a cache of its own; undefined where nothing is kept. */
  cache(): WasmCache | undefined;
  /** What a beam search found; it ends with that. */
  beams(): WasmBeams | undefined;
  free(): void;
}

export interface WasmStep {
  /** One token a row; the pad token for rows that had already ended. */
  readonly tokens: Int32Array;
  /** 1 for rows that have ended; empty in a beam search. */
  readonly finished: Uint8Array;
  readonly done: boolean;
  /** [rows, vocab], as what follows only if it was asked for. */
  readonly logits: Float32Array | undefined;
  readonly scores: Float32Array | undefined;
  /** A row each, the chosen token first. */
  readonly logprobs: readonly { readonly tokenIds: Int32Array; readonly logprobs: Float32Array }[] | undefined;
  readonly recorded: WasmRecorded | undefined;
}

/** Tensors of each layer. */
export interface WasmRecorded {
  readonly hiddenStates: readonly WasmTensor[] | undefined;
  readonly attentions: readonly WasmTensor[] | undefined;
  readonly crossAttentions: readonly WasmTensor[] | undefined;
}

/** The continuations that a beam search considers: [continuations, length]. */
export interface WasmCandidates {
  readonly candidates: Int32Array;
  readonly length: number;
  /** [rows, vocab], if the step reports them. */
  readonly scores: Float32Array | undefined;
}

export interface WasmBeams {
  readonly sequences: readonly Int32Array[];
  /** Tokens of each sequence that are its own. */
  readonly lengths: Uint32Array;
  readonly scores: Float32Array;
  readonly beamIndices: readonly Int32Array[];
}

export interface WasmModel {
  addVision(loader: WasmLoader): void;
  hasVision(): boolean;
  /** Bytes of the weights that the decoder reads for a token. */
  tokenWeightBytes(): number;
  /** Task of a {@link WasmEncoderOutput}. */
  encode(inputs: WasmEncoderInputs): WasmTask;
  /** An encoder output of states [batch, length, hidden] that were computed elsewhere. */
  encoded(batch: number, length: number, states: Float32Array, attentionMask: Int32Array | undefined): WasmEncoderOutput;
  newCache(encoderOutput: WasmEncoderOutput): WasmCache;
  /** Task of a Float32Array [n, hidden]: the encoder's embeddings of tokens. */
  embed(ids: Int32Array): WasmTask;
  /** Task of {@link WasmDecoderOutput}: reads tokens that follow those in the cache, which takes them in. */
  decode(cache: WasmCache, inputs: WasmDecoderInputs): WasmTask;
  /** `optionsJson`: snake_case, see the Rust GenerateOptions. */
  generate(encoderOutput: WasmEncoderOutput, optionsJson: string): WasmGeneration;
  /** The same on from a cache, which has the prompt's first tokens, or others with a mask [batch, tokens in the cache]; it is away until `free`. */
  resume(encoderOutput: WasmEncoderOutput, optionsJson: string, cache: WasmCache, inPrompt: boolean, mask: Int32Array | undefined): WasmGeneration;
  free(): void;
}

/** What a model is loaded for; it decides which weights there are. */
export type ModelTask = "generation" | "sequence-classification" | "token-classification" | "base" | "encoder";

/** Which weights: those of the text side for a task, or the vision tower's, which are wanted only when a picture comes. */
export type WeightPart = ModelTask | "vision";

export type WasmInit = { module_or_path: WebAssembly.Module; memory?: WebAssembly.Memory };

/** The event that ended, or is about to end, an instance. */
export type NoticeKind = "panic" | "lost" | "gpu";

/** What every binary exports. */
export interface WasmBindings {
  default(init: WasmInit): Promise<{ memory: WebAssembly.Memory }>;
  setNotifier(notify: (kind: NoticeKind, message: string) => void): void;
  /** Size of the allocation that was refused last, 0 if none was. */
  refusedAllocation(): number;
}

export interface WasmGlue extends WasmBindings {
  /** Task of a {@link WasmDevice}. */
  openDevice(kind: Device): WasmTask;
  /** A task of JSON: the reports of every kernel's cases. */
  checkKernels(device: WasmDevice, operations: string[]): WasmTask;
  /** Throws what is wrong with the options of `generate`, as far as no model is needed to tell. */
  checkGenerateOptions(optionsJson: string): void;
  /** Task of JSON: the reports of the few cases that tell a sound device from a broken one. */
  selfTest(device: WasmDevice): WasmTask;
  /** Decoder inputs for labels [batch, length]: `start` first, -100 replaced by `pad`. */
  shiftRight(labels: Int32Array, length: number, start: number, pad: number): Int32Array;
  /** The last position of each row of ids [batch, length] that is not `pad`. */
  pooledPositions(ids: Int32Array, length: number, pad: number | undefined): Int32Array;
  Loader: new (device: WasmDevice, configJson: string, part: WeightPart, dtype: Dtype) => WasmLoader;
  Model: new (configJson: string, loader: WasmLoader) => WasmModel;
}

/** What the WebGPU binary has besides. */
export interface GpuGlue extends WasmGlue {
  /** Says what the opened adapter is and has, before anything is computed on it: kernels are chosen by it. */
  describeAdapter(software: boolean, subgroups: boolean, shaderF16: boolean, largestBinding: number): void;
}

/** What the binary with threads has besides; in a worker, `initSync` and `serveThread` alone. */
export interface ThreadedGlue extends WasmGlue {
  /** Makes this a thread of the instance that has the memory. */
  initSync(init: { module: WebAssembly.Module; memory: WebAssembly.Memory }): { __wbindgen_thread_destroy(): void };
  /** Computes until `stopThreads`. */
  serveThread(): void;
  stopThreads(): void;
  /** Whether the instance's own thread may sleep. */
  setMayWait(mayWait: boolean): void;
  /** Addresses of a word to set to 1 when a thread has trapped, and of one to wake then. */
  failureFlag(): Uint32Array;
}
