import { InputError } from "../errors.js";
import type { SourceLike } from "../hub/index.js";
import { T5Gemma2ForConditionalGeneration } from "../models/conditional-generation.js";
import { EncoderOutputs } from "../models/encoder-outputs.js";
import type { FromPretrainedOptions } from "../models/load-options.js";
import { isGeneratingTask, isTask, pipeline, type Task } from "../pipelines/pipeline.js";
import { pack, packError, unpack } from "./codec.js";
import type { Calls, Command, Handle, ModelInfo, Reply } from "./protocol.js";

type AnyPipeline = (input: unknown, options: object) => Promise<Calls["callPipeline"]["result"]>;
type Streaming = AsyncGenerator<unknown, void, undefined>;
type CallCommand = Extract<Command, { type: "call" }>;
type StreamCommand = Extract<Command, { type: "stream" }>;

/** Carries out a page's commands. */
export class WorkerHost {
  readonly #post: (reply: Reply) => void;
  readonly #kept = new Map<Handle, { dispose(): void }>();
  readonly #aborts = new Map<number, AbortController>();
  readonly #streams = new Map<number, Streaming>();
  #nextHandle = 1;

  constructor(post: (reply: Reply) => void) {
    this.#post = post;
  }

  take(command: Command): void {
    switch (command.type) {
      case "call":
        void this.#answer(command.id, async (signal) => ({ type: "result", id: command.id, value: pack(await this.#call(command, signal), "result") }), true);
        break;
      case "stream":
        void this.#answer(command.id, (signal) => this.#begin(command, signal), false);
        break;
      case "next":
        void this.#answer(command.id, () => this.#next(command.id), false);
        break;
      case "return":
        this.#streams.get(command.id)?.return().catch(() => undefined);
        this.#forget(command.id);
        break;
      case "abort":
        this.#aborts.get(command.id)?.abort();
        break;
      case "dispose":
        this.#kept.get(command.handle)?.dispose();
        this.#kept.delete(command.handle);
        break;
    }
  }

  /** Replies once, whatever happens. */
  async #answer(id: number, work: (signal: AbortSignal) => Promise<Reply>, isWhole: boolean): Promise<void> {
    const abort = this.#aborts.get(id) ?? new AbortController();
    this.#aborts.set(id, abort);
    let reply: Reply;
    try {
      reply = await work(abort.signal);
    } catch (error) {
      reply = { type: "error", id, error: packError(error) };
    }
    if (isWhole || reply.type === "error" || reply.type === "end") this.#forget(id);
    try {
      this.#post(reply);
    } catch (error) {
      this.#post({ type: "error", id, error: packError(error) });
    }
  }

  async #call(command: CallCommand, signal: AbortSignal): Promise<unknown> {
    const { id, method } = command;
    const args = unpack(command.args) as (typeof command)["args"];
    const streamer = command.puts
      ? { put: (added: readonly (readonly number[])[]) => this.#post({ type: "put", id, added }), end: () => undefined }
      : undefined;
    const loading = (options: object): FromPretrainedOptions => ({ ...options, signal, onProgress: (event) => this.#post({ type: "progress", id, event }) });
    switch (method) {
      case "openModel": {
        const { source, options } = args as Calls["openModel"]["args"];
        return this.#show(await T5Gemma2ForConditionalGeneration.fromPretrained(source as SourceLike, loading(options)));
      }
      case "openPipeline": {
        const { task, source, options } = args as Calls["openPipeline"]["args"];
        if (isTask(task) && !isGeneratingTask(task as Task)) throw new InputError(`pipeline: ${JSON.stringify(task)} is no task of a worker yet; there it goes on the page`, { details: { task } });
        const made = await pipeline(task, source as SourceLike, loading(options));
        return { pipeline: this.#keep(made), ...this.#show(made.model) };
      }
      case "callPipeline": {
        const { pipeline, input, options } = args as Calls["callPipeline"]["args"];
        return (this.#get(pipeline) as unknown as AnyPipeline)(input, { ...options, signal, streamer });
      }
      case "encode": {
        const { model, inputs } = args as Calls["encode"]["args"];
        const encoded = await this.#model(model).encode({ ...inputs, signal });
        return { encoderOutputs: this.#keep(encoded), dims: encoded.dims };
      }
      case "forward": {
        const { model, inputs, encoderOutputs } = args as Calls["forward"]["args"];
        return this.#model(model).forward({ ...inputs, encoderOutputs: this.#encoded(encoderOutputs) });
      }
      case "generate": {
        const { model, inputs, encoderOutputs } = args as Calls["generate"]["args"];
        return this.#model(model).generate({ ...inputs, encoderOutputs: this.#encoded(encoderOutputs), signal, streamer });
      }
      case "lastHiddenState":
        return (this.#encoded((args as Calls["lastHiddenState"]["args"]).encoderOutputs) as EncoderOutputs).lastHiddenState();
    }
  }

  async #begin(command: StreamCommand, signal: AbortSignal): Promise<Reply> {
    const args = unpack(command.args) as (typeof command)["args"];
    let stream: Streaming;
    if (command.method === "streamModel") {
      const { model, inputs, encoderOutputs } = args as Extract<StreamCommand, { method: "streamModel" }>["args"];
      stream = this.#model(model).stream({ ...inputs, encoderOutputs: this.#encoded(encoderOutputs), signal });
    } else {
      const { pipeline, input, options } = args as Extract<StreamCommand, { method: "streamPipeline" }>["args"];
      const made = this.#get(pipeline) as unknown as { stream(input: unknown, options: object): Streaming };
      stream = made.stream(input, { ...options, signal });
    }
    this.#streams.set(command.id, stream);
    return this.#next(command.id);
  }

  async #next(id: number): Promise<Reply> {
    const next = await this.#streams.get(id)?.next();
    return next === undefined || next.done === true ? { type: "end", id } : { type: "item", id, value: pack(next.value, "item") };
  }

  #forget(id: number): void {
    this.#aborts.delete(id);
    this.#streams.delete(id);
  }

  #keep(thing: { dispose(): void }): Handle {
    const handle = this.#nextHandle++;
    this.#kept.set(handle, thing);
    return handle;
  }

  #show(model: T5Gemma2ForConditionalGeneration): ModelInfo {
    const { config, generationConfig, device, deviceReason, dtype, dtypeReason } = model;
    return { model: this.#keep(model), config: config.toJSON(), generationConfig, device, deviceReason, dtype, dtypeReason };
  }

  #get(handle: Handle): { dispose(): void } {
    const thing = this.#kept.get(handle);
    if (thing === undefined) throw new InputError("the model, pipeline or encoder outputs were disposed");
    return thing;
  }

  #model(handle: Handle): T5Gemma2ForConditionalGeneration {
    return this.#get(handle) as T5Gemma2ForConditionalGeneration;
  }

  #encoded(handle: Handle | undefined): EncoderOutputs | undefined {
    return handle === undefined ? undefined : (this.#get(handle) as EncoderOutputs);
  }
}
