export { ConfigError, DeviceError, type ErrorCode, InputError, LoadError, T5Gemma2Error, type T5Gemma2ErrorOptions } from "./errors.js";

export {
  openSource,
  type CacheOption,
  type CacheStore,
  type FileStat,
  type ModelSource,
  type ProgressEvent,
  type ProgressListener,
  type ReadOptions,
  type SourceLike,
  type SourceOptions,
} from "./hub/index.js";

export { AutoProcessor, AutoTokenizer } from "./processing/auto.js";
export type { AddedToken } from "./processing/added-vocabulary.js";
export type { ChatContent, ChatInput, ChatMessage } from "./processing/chat.js";
export type { PadInput, PadOptions } from "./processing/pad.js";
export type { PictureInput, RawPicture } from "./processing/picture-input.js";
export { Processor } from "./processing/processor.js";
export type { ProcessInput, ProcessorOutput } from "./processing/processor-types.js";
export { type NestedNumbers, Tensor, type TensorArray, type TensorType } from "./processing/tensor.js";
export type { TokenRows } from "./processing/token-rows.js";
export type { ChatRenderOptions } from "./processing/chat.js";
export type { LengthOptions, Padding, Truncation } from "./processing/encode-options.js";
export type { Side, TruncationStrategy } from "./processing/encoding.js";
export type { PictureOptions } from "./processing/picture-options.js";
export type { ProcessingOptions, ProcessorChatOptions, TextOptions } from "./processing/processor-types.js";
export type { StreamDecoder } from "./processing/stream-decoder.js";
export type { DecodeOptions, EncodeOptions as TokenizerEncodeOptions, EncodingParts, TokenizerChatOptions, TokenizerLoadOptions, TokenSequence } from "./processing/tokenizer-types.js";
export type { TextsInput } from "./processing/text-inputs.js";
export { Tokenizer } from "./processing/tokenizer.js";
export type { BatchEncoding, CallOptions, Encoding, TensorEncoding } from "./processing/tokenizer-types.js";

export { AutoConfig, type ConfigFields, T5Gemma2Config } from "./models/config.js";
export type { JsonObject, JsonValue } from "./models/config-fields.js";
export { type EncoderConfigFields, T5Gemma2EncoderConfig } from "./models/encoder-config.js";
export type { CommonConfigFields, CommonConfigValues } from "./models/pretrained-config.js";
export type { RopeParameters, RopeParametersByLayerType } from "./models/rope-fields.js";
export { T5Gemma2DecoderConfig, T5Gemma2TextConfig, type TextConfigFields, type TextConfigValues } from "./models/text-config.js";
export { SiglipVisionConfig, type VisionConfigFields, type VisionConfigValues } from "./models/vision-config.js";

export {
  type AutoClass,
  AutoModel,
  AutoModelForImageTextToText,
  AutoModelForMultimodalLM,
  AutoModelForSeq2SeqLM,
  AutoModelForSequenceClassification,
  AutoModelForTokenClassification,
} from "./models/auto.js";
export { type BaseForwardInputs, type BaseForwardOutput, T5Gemma2Model } from "./models/base-model.js";
export type { SequenceLabels } from "./models/classification-labels.js";
export type { ClassificationOutput, ClassificationSource } from "./models/classify.js";
export { T5Gemma2ForConditionalGeneration } from "./models/conditional-generation.js";
export type { DecodeExtras } from "./models/decode.js";
export type { CacheSource, DecoderSource } from "./models/decoder-inputs.js";
export type { Embeddings } from "./models/embeds.js";
export { EncoderDecoderCache, type KeysAndValues } from "./models/encoder-decoder-cache.js";
export { type EncoderForwardOutput, T5Gemma2Encoder } from "./models/encoder-model.js";
export { EncoderOutputs } from "./models/encoder-outputs.js";
export type { EncoderSource, PlainEncoderOutputs } from "./models/encoder-source.js";
export type { ForwardInputs, ForwardOutput } from "./models/forward.js";
export type { GenerateInputs, StreamedToken, StreamInputs } from "./models/generate.js";
export type { EncoderInputs } from "./models/inputs.js";
export type { LogitsToKeep } from "./models/keep.js";
export type { FromPretrainedOptions } from "./models/load-options.js";
export type { AttentionMask, LayerMasks, PairMask } from "./models/pair-masks.js";
export { poolStates, type Pooling, type PoolOptions } from "./models/pooling.js";
export { type EncodeOptions, T5Gemma2PreTrainedModel } from "./models/pretrained-model.js";
export { type SequenceClassificationInputs, T5Gemma2ForSequenceClassification } from "./models/sequence-classification.js";
export { T5Gemma2ForTokenClassification, type TokenClassificationInputs } from "./models/token-classification.js";

export type { AssistantModel, AssistantSchedule } from "./generation/assistance.js";
export type { Constraint } from "./generation/constraint.js";
export { GenerationConfig, type GenerationConfigFields } from "./generation/generation-config.js";
export type { GenerationConfigValues, WatermarkingConfig } from "./generation/generation-fields.js";
export type { LogitsProcessor, PrefixAllowedTokens, StoppingCriterion } from "./generation/hooks.js";
export type { GenerateOptions, GenerationSettings, Streamer, StreamTokenizer, TokenDecoder } from "./generation/options.js";
export type { ChosenLogprob, StepOutputs, TokenLogprob } from "./generation/outputs.js";
export type { FinishReason, GenerateResult, GenerationStats } from "./generation/result.js";
export type { GenerationDefaults } from "./generation/settings.js";
export type { TransitionInputs } from "./generation/transition-scores.js";
export { TextStreamer, type TextStreamerOptions } from "./generation/text-streamer.js";

export type { AggregationStrategy, Entity } from "./pipelines/entities.js";
export type { FeatureExtractionOptions, FeatureExtractionPipeline, FeatureInput } from "./pipelines/feature-extraction.js";
export type { AnswerOptions, GeneratedText, GeneratedTokenIds, GeneratingPipeline } from "./pipelines/generating-pipeline.js";
export type { ImageTextInput, ImageTextToTextPipeline, PicturePrompt, PicturesAndText } from "./pipelines/image-text-to-text.js";
export type { LoadedPipeline } from "./pipelines/loaded.js";
export { pipeline, type PipelineByTask, type Task } from "./pipelines/pipeline.js";
export type { Messages, PromptOptions } from "./pipelines/prompts.js";
export type { ReadingOptions, ReadingTextOptions } from "./pipelines/reading.js";
export type { SummarizationPipeline, Summary } from "./pipelines/summarization.js";
export type { Text2TextGenerationPipeline, TextInput } from "./pipelines/text2text-generation.js";
export type { ClassifiedText, LabelScore, ScoreFunction, TextClassificationOptions, TextClassificationPipeline } from "./pipelines/text-classification.js";
export type { TokenClassificationOptions, TokenClassificationPipeline } from "./pipelines/token-classification.js";
export type { Translation, TranslationPipeline, TranslationTask } from "./pipelines/translation.js";

export { checkDevice, type CheckDeviceOptions, type DeviceReport, type KernelReport } from "./runtime/check-device.js";
export type { Device, DeviceOption, Dtype, DtypeOption, ThreadsOption } from "./runtime/types.js";
