/**
 * What the generated bindings export, as this package uses them. Both binaries have it, but for pictures: those are
 * decoded by the CPU binary, whichever device computes.
 */
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

export interface WasmEncoderOutput {
  /** [batch, length, hidden]. */
  dims(): Uint32Array;
  /** Task of a Float32Array. */
  lastHiddenState(): WasmTask;
  free(): void;
}

export interface WasmLogits {
  readonly data: Float32Array;
  readonly dims: Uint32Array;
}

/** A step is one call, or its halves: scores, readScores, choose; of a beam search expand and select in place of choose. */
export interface WasmGeneration {
  /** Task of a {@link WasmStep}. */
  step(): WasmTask;
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
  /** Task of a {@link WasmStep}: the second half. */
  choose(changed: Float32Array | undefined): WasmTask;
  expand(changed: Float32Array | undefined): WasmCandidates;
  /** Task of a {@link WasmStep}; 1 for each continuation that ends. */
  select(stopped: Uint8Array): WasmTask;
  /** Ends rows after a step; whether all is done with that. */
  stop(rows: Uint8Array): boolean;
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
  readonly hiddenStates: readonly WasmLogits[] | undefined;
  readonly attentions: readonly WasmLogits[] | undefined;
  readonly crossAttentions: readonly WasmLogits[] | undefined;
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
  /** Task of a {@link WasmEncoderOutput}. Ids, mask and positions are [batch, length]. */
  encode(
    batch: number,
    length: number,
    inputIds: Int32Array,
    attentionMask: Int32Array | undefined,
    positionIds: Int32Array | undefined,
    pixelValues: Float32Array | undefined,
    pictures: number,
    hiddenStates: boolean,
    attentions: boolean,
  ): WasmTask;
  /** Task of {@link WasmLogits}, dims [batch, kept, vocab]; logitsToKeep 0 keeps all. */
  decode(
    encoderOutput: WasmEncoderOutput,
    length: number,
    inputIds: Int32Array,
    attentionMask: Int32Array | undefined,
    positionIds: Int32Array | undefined,
    logitsToKeep: number,
  ): WasmTask;
  /** `optionsJson`: snake_case, see the Rust GenerateOptions. */
  generate(encoderOutput: WasmEncoderOutput, optionsJson: string): WasmGeneration;
  free(): void;
}

export type WasmInit = { module_or_path: WebAssembly.Module };

/** The event that ended, or is about to end, an instance. */
export type NoticeKind = "panic" | "lost" | "gpu";

export interface WasmGlue {
  default(init: WasmInit): Promise<{ memory: WebAssembly.Memory }>;
  setNotifier(notify: (kind: NoticeKind, message: string) => void): void;
  /** Size of the allocation that was refused last, 0 if none was. */
  refusedAllocation(): number;
  /** Task of a {@link WasmDevice}. */
  openDevice(kind: Device, software: boolean): WasmTask;
  /** A task of JSON: the reports of every kernel's cases. */
  checkKernels(device: WasmDevice, operations: string[]): WasmTask;
  /** Throws what is wrong with the options of `generate`, as far as no model is needed to tell. */
  checkGenerateOptions(optionsJson: string): void;
  /** Task of JSON: the reports of the few cases that tell a sound device from a broken one. */
  selfTest(device: WasmDevice): WasmTask;
  Loader: new (device: WasmDevice, configJson: string, part: "text" | "vision", dtype: Dtype) => WasmLoader;
  Model: new (configJson: string, loader: WasmLoader) => WasmModel;
}

/** Prepared pictures: dims [pictures and crops, channels, height, width]. */
export interface WasmPictures {
  readonly data: Float32Array;
  readonly dims: Uint32Array;
}

/** The CPU binary has the pictures besides; `optionsJson` is that of the Rust image options. */
export interface CpuGlue extends WasmGlue {
  /** Decodes a PNG, JPEG, WebP or GIF, resizes and normalises it. */
  processPicture(bytes: Uint8Array, optionsJson: string): WasmPictures;
  /** The same for pixels of 1, 3 or 4 channels, rows from the top. */
  processPixels(data: Uint8Array, width: number, height: number, channels: number, optionsJson: string): WasmPictures;
  /** [width, height] of a file's picture when upright, from its headers. */
  pictureSize(bytes: Uint8Array): Uint32Array;
}
