export { createWorker, type ModelWorker, type WorkerModelLoader } from "./worker/create-worker.js";
export { AutoModelForSeq2SeqLM, pipeline, T5Gemma2ForConditionalGeneration } from "./worker/shared-worker.js";
export { type InWorker, WorkerEncoderOutputs, WorkerModel } from "./worker/worker-model.js";
export type { AnswersOf, InputOf, WorkerPipeline } from "./worker/worker-pipeline.js";

export { ConfigError, DeviceError, type ErrorCode, InputError, LoadError, T5Gemma2Error, type T5Gemma2ErrorOptions } from "./errors.js";
export { GenerationConfig } from "./generation/generation-config.js";
export { TextStreamer } from "./generation/text-streamer.js";
export type { GenerationDefaults } from "./generation/settings.js";
export { AutoConfig, T5Gemma2Config } from "./models/config.js";
export { AutoProcessor, AutoTokenizer } from "./processing/auto.js";
export { Tensor } from "./processing/tensor.js";
