import { InputError } from "../errors.js";
import type { ProgressListener } from "../hub/index.js";
import { orAbort } from "../hub/in-flight.js";
import type { WasmEncoderInputs, WasmEncoderOutput, WasmModel, WasmTask } from "../runtime/glue.js";
import type { Runtime } from "../runtime/runtime.js";
import type { Dtype } from "../runtime/types.js";
import type { T5Gemma2Config } from "./config.js";
import { EncoderOutputs } from "./encoder-outputs.js";
import { checkEncoderInputs, type EncoderInputs } from "./inputs.js";
import { loadWeights, type WeightFiles } from "./weights.js";

/** How to encode. */
export interface EncodeWish {
  /** Ends the wait for vision weights, or keeps the encoder from starting. */
  readonly signal?: AbortSignal | undefined;
  readonly hiddenStates?: boolean | undefined;
  readonly attentions?: boolean | undefined;
}

/** What a model is made of, once its text weights have come. */
export interface ModelParts {
  readonly runtime: Runtime;
  readonly config: T5Gemma2Config;
  readonly configJson: string;
  readonly dtype: Dtype;
  readonly dtypeReason: string;
  readonly weights: WeightFiles;
  readonly weightBytes: number;
  readonly model: WasmModel;
  readonly onProgress: ProgressListener | undefined;
}

/**
 * A loaded model and its turn-taking: whatever computes does so alone, in the order of asking. Generations take a turn for
 * each step, so that several go on side by side and none waits for another's reader.
 */
export class ModelCore {
  readonly runtime: Runtime;
  readonly config: T5Gemma2Config;
  readonly dtype: Dtype;
  readonly dtypeReason: string;
  readonly #parts: ModelParts;
  #model: WasmModel | null;
  #lastTurn: Promise<unknown> = Promise.resolve();
  #vision: Promise<void> | undefined;
  #visionBytes = 0;
  readonly #tokenWeightBytes: number;

  constructor(parts: ModelParts) {
    this.#parts = parts;
    this.#model = parts.model;
    this.#tokenWeightBytes = parts.runtime.instance.call(() => parts.model.tokenWeightBytes());
    this.runtime = parts.runtime;
    this.config = parts.config;
    this.dtype = parts.dtype;
    this.dtypeReason = parts.dtypeReason;
  }

  get disposed(): boolean {
    return this.#model === null;
  }

  /** Bytes that the weights take on the device, as far as they are loaded. */
  get weightBytes(): number {
    return this.#parts.weightBytes + this.#visionBytes;
  }

  /** Bytes of the weights that the decoder reads for a token. */
  get tokenWeightBytes(): number {
    return this.#tokenWeightBytes;
  }

  /** The wasm model. @throws InputError after dispose(), DeviceError after its instance has ended */
  get model(): WasmModel {
    const { failure } = this.runtime.instance;
    if (failure !== undefined) throw failure;
    if (this.#model === null) throw new InputError("the model was disposed");
    return this.#model;
  }

  /** Runs a task when its turn comes. */
  run(start: (model: WasmModel) => WasmTask): Promise<unknown> {
    const turn = this.#lastTurn.then(() => this.runtime.instance.run(() => start(this.model)));
    this.#lastTurn = turn.catch(() => undefined);
    return turn;
  }

  /** Checks inputs and runs the encoder; loads the vision weights if this is the first picture. */
  async encode(inputs: EncoderInputs, { signal, hiddenStates, attentions }: EncodeWish = {}): Promise<EncoderOutputs> {
    const checked = checkEncoderInputs(this.config, inputs);
    const { batch, length, ids, embeds, mask, pairs, positions, pixels } = checked;
    void this.model;
    if (pixels !== undefined) await orAbort(this.#loadVision(), signal);
    const given: WasmEncoderInputs = {
      batch,
      length,
      inputIds: ids?.data,
      inputsEmbeds: embeds?.data,
      attentionMask: mask?.data,
      pairs,
      positionIds: positions?.data,
      pixelValues: await pixels?.data(),
      pictures: pixels?.dims[0],
      hiddenStates,
      attentions,
    };
    const handle = await this.run((model) => {
      signal?.throwIfAborted();
      return model.encode(given);
    });
    return new EncoderOutputs(this, handle as WasmEncoderOutput, { inputs: checked, mask });
  }

  dispose(): void {
    if (this.#model === null) return;
    this.runtime.instance.free(this.#model);
    this.#model = null;
    this.runtime.close();
  }

  /** One load for all who wait; one that failed is tried again by the next picture. */
  #loadVision(): Promise<void> {
    if (this.#vision === undefined) {
      const load = this.#streamVision();
      this.#vision = load;
      load.catch(() => {
        if (this.#vision === load) this.#vision = undefined;
      });
    }
    return this.#vision;
  }

  async #streamVision(): Promise<void> {
    const { runtime, configJson, dtype, weights, onProgress } = this.#parts;
    // The text weights' progress of the same files has ended: this is told apart by name.
    const listen: ProgressListener | undefined =
      onProgress && ((event) => onProgress({ ...event, file: `${event.file} (vision)` }));
    const { loader, weightBytes } = await loadWeights(runtime, configJson, "vision", dtype, weights, { onProgress: listen });
    const turn = this.#lastTurn.then(() => {
      if (this.#model === null) {
        runtime.instance.free(loader);
        throw new InputError("the model was disposed");
      }
      const model = this.#model;
      runtime.instance.call(() => model.addVision(loader));
      this.#visionBytes = weightBytes;
    });
    this.#lastTurn = turn.catch(() => undefined);
    await turn;
  }
}
