import { LoadError } from "../errors.js";
import { type ModelSource, openSource, readJson, type SourceLike } from "../hub/index.js";
import type { ModelTask } from "../runtime/glue.js";
import { currentHost } from "../runtime/host.js";
import { openRuntime, type Runtime } from "../runtime/runtime.js";
import type { DtypeOption } from "../runtime/types.js";
import { parseConfig, type T5Gemma2Config } from "./config.js";
import type { JsonObject, JsonValue } from "./config-fields.js";
import { chooseDtype } from "./dtype-choice.js";
import { aroundEncoder, ENCODER_TYPE } from "./encoder-alone.js";
import { checkDtypeOption, checkLoadOptions, type FromPretrainedOptions } from "./load-options.js";
import { ModelCore } from "./model-core.js";
import { findWeights, type LoadedWeights, loadWeights } from "./weights.js";

/** A model class, and what it needs of a checkpoint. */
export interface ModelClass {
  readonly name: string;
  /** May depend on the `model_type` of the checkpoint's `config.json`. */
  readonly task: ModelTask | ((modelType: JsonValue | undefined) => ModelTask);
  /** Where the user called. @default name */
  readonly calledAs?: string | undefined;
}

/** What a model class is made of. */
export interface LoadedModel {
  readonly core: ModelCore;
  readonly task: ModelTask;
  /** The content of `generation_config.json`, where there is one and the task is generation. */
  readonly generationConfig: Record<string, unknown> | undefined;
}

/**
 * Loads a checkpoint for a task: configuration, device and the weights that the task needs, those for pictures left out.
 *
 * @throws ConfigError, LoadError, InputError for an option, DeviceError; the signal's reason when it fires
 */
export async function loadModel(model: ModelClass, source: SourceLike, options: FromPretrainedOptions): Promise<LoadedModel> {
  checkLoadOptions(`${model.calledAs ?? model.name}.fromPretrained`, options);
  const { device, threads, dtype: _dtype, ...rest } = options;
  const dtypeWish = checkDtypeOption(options.dtype);
  const { signal, onProgress } = rest;
  const files = await openSource(source, rest);
  const read = await readJson<JsonObject>(files, "config.json", { signal, onProgress });
  const modelType = (read as JsonObject | null)?.model_type;
  const task = typeof model.task === "function" ? model.task(modelType) : model.task;
  const json = task === "encoder" && modelType === ENCODER_TYPE ? aroundEncoder(read) : read;
  const config = parseConfig(json, files.name);
  const opening = openRuntime({ device, threads });
  try {
    return await loadOn(opening, model, { files, json, config, task, dtypeWish }, rest);
  } catch (error) {
    void opening.then(({ close }) => close()).catch(() => undefined);
    throw error;
  }
}

/** A checkpoint's files, what its configuration says, and what is wanted of it. */
interface Checkpoint {
  readonly files: ModelSource;
  readonly json: JsonObject;
  readonly config: T5Gemma2Config;
  readonly task: ModelTask;
  readonly dtypeWish: DtypeOption;
}

async function loadOn(
  opening: Promise<Runtime>,
  model: ModelClass,
  { files, json, config, task, dtypeWish }: Checkpoint,
  { signal, onProgress }: FromPretrainedOptions,
): Promise<LoadedModel> {
  const configJson = JSON.stringify(json);
  const [generationConfig, weights, runtime] = await Promise.all([
    task === "generation"
      ? readJson<Record<string, unknown>>(files, "generation_config.json", { signal, onProgress, optional: true })
      : undefined,
    findWeights(files, { signal, onProgress }),
    opening,
  ]);
  const { dtype, reason: dtypeReason } = chooseDtype(
    dtypeWish,
    weights.files.map(({ head }) => head),
    { device: runtime.device, memoryBytes: currentHost().memoryBytes() },
  );
  let loaded: LoadedWeights;
  try {
    loaded = await loadWeights(runtime, configJson, task, dtype, weights, { signal, onProgress });
  } catch (error) {
    throw withArchitecture(error, model, json.architectures);
  }
  const { loader, weightBytes } = loaded;
  // The loader is used up, whether or not the model comes to be.
  const made = runtime.instance.call((glue) => new glue.Model(configJson, loader));
  const core = new ModelCore({ runtime, config, configJson, dtype, dtypeReason, weights, weightBytes, model: made, onProgress });
  onProgress?.({ status: "ready", file: files.name });
  return { core, task, generationConfig: generationConfig ?? undefined };
}

/** Weights that are missing because the checkpoint is another class's: say which. */
function withArchitecture(error: unknown, { name }: ModelClass, architectures: unknown): unknown {
  if (!(error instanceof LoadError) || !Array.isArray(architectures) || architectures.includes(name)) return error;
  const message = `${error.message}; the checkpoint's config.json says that it is of ${architectures.join(", ")}, not ${name}`;
  return new LoadError(message, { cause: error, details: { ...error.details, architectures } });
}
