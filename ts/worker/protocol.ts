/**
 * What goes between a page and its worker. The page numbers its calls; each gets exactly one reply that ends it, with
 * events before. Models, pipelines and encoder outputs stay in the worker and are known by handles.
 */
import type { GenerateOptions } from "../generation/options.js";
import type { GenerateResult } from "../generation/result.js";
import type { GenerationDefaults } from "../generation/settings.js";
import type { ProgressEvent } from "../hub/index.js";
import type { JsonObject } from "../models/config-fields.js";
import type { ForwardOutput } from "../models/forward.js";
import type { StreamedToken } from "../models/generate.js";
import type { GeneratingTask } from "../pipelines/pipeline.js";
import type { Tensor } from "../processing/tensor.js";
import type { Device, Dtype } from "../runtime/types.js";

/** Something that stays in the worker. */
export type Handle = number;

/** What the page shows of a model. */
export interface ModelInfo {
  readonly model: Handle;
  readonly config: JsonObject;
  readonly generationConfig: GenerationDefaults;
  readonly device: Device;
  readonly deviceReason: string;
  readonly dtype: Dtype;
  readonly dtypeReason: string;
}

/** What the page shows of encoder outputs. */
export interface EncoderOutputsInfo {
  readonly encoderOutputs: Handle;
  readonly dims: readonly number[];
}

/** Calls with one result. The worker checks what it is given as it would at home, so inputs are of no type here. */
export interface Calls {
  openModel: { args: { source: unknown; options: object }; result: ModelInfo };
  openPipeline: { args: { task: GeneratingTask; source: unknown; options: object }; result: ModelInfo & { readonly pipeline: Handle } };
  callPipeline: { args: { pipeline: Handle; input: unknown; options: GenerateOptions }; result: readonly unknown[] };
  encode: { args: { model: Handle; inputs: object }; result: EncoderOutputsInfo };
  forward: { args: { model: Handle; inputs: object; encoderOutputs: Handle | undefined }; result: ForwardOutput };
  generate: { args: { model: Handle; inputs: object; encoderOutputs: Handle | undefined }; result: GenerateResult };
  lastHiddenState: { args: { encoderOutputs: Handle }; result: Tensor<"float32"> };
}

/** Calls whose results come one by one, each when asked for. */
export interface Streams {
  streamPipeline: { args: { pipeline: Handle; input: unknown; options: GenerateOptions }; item: StreamedToken };
  streamModel: { args: { model: Handle; inputs: object; encoderOutputs: Handle | undefined }; item: StreamedToken };
}

/** From the page. */
export type Command =
  | { [M in keyof Calls]: { readonly type: "call"; readonly id: number; readonly method: M; readonly args: Calls[M]["args"]; readonly puts: boolean } }[keyof Calls]
  | { [M in keyof Streams]: { readonly type: "stream"; readonly id: number; readonly method: M; readonly args: Streams[M]["args"] } }[keyof Streams]
  /** Asks a stream for its next item. */
  | { readonly type: "next"; readonly id: number }
  /** Ends a stream whose reader has left. */
  | { readonly type: "return"; readonly id: number }
  /** Fires the signal of a call or stream. */
  | { readonly type: "abort"; readonly id: number }
  | { readonly type: "dispose"; readonly handle: Handle };

/** An error on its way. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;
}

/** From the worker. */
export type Reply =
  | { readonly type: "result"; readonly id: number; readonly value: unknown }
  | { readonly type: "error"; readonly id: number; readonly error: SentError }
  | { readonly type: "item"; readonly id: number; readonly value: unknown }
  | { readonly type: "end"; readonly id: number }
  | { readonly type: "progress"; readonly id: number; readonly event: ProgressEvent }
  | { readonly type: "put"; readonly id: number; readonly added: readonly (readonly number[])[] };
