import { ConfigError } from "../errors.js";
import { type ModelSource, readJson } from "../hub/index.js";
import { type ReadContext, readTokenizerFiles, record } from "./tokenizer-files.js";
import type { TokenizerFiles } from "./tokenizer-json.js";

/** Everything a processor is made of. */
export interface ProcessorFiles {
  tokenizer: TokenizerFiles;
  /** The image processor's configuration, or null where the checkpoint has none: it then takes text only. */
  imageProcessor: Record<string, unknown> | null;
  /** Tokens that stand for one picture. */
  imageSeqLength: number;
  /** The processor's own chat template, where it isn't in a file that the tokenizer has, too. */
  chatTemplate: string | null;
}

/** What the official processor takes where the files say nothing. */
const DEFAULT_IMAGE_SEQ_LENGTH = 256;

/**
 * Reads what a processor is made of: `processor_config.json` with the image processor in it, or the older
 * `preprocessor_config.json`, and the tokenizer's files.
 */
export async function readProcessorFiles(source: ModelSource, context: ReadContext): Promise<ProcessorFiles> {
  const { signal, onProgress } = context;
  const optional = { signal, onProgress, optional: true } as const;
  const [tokenizer, ownConfig, ownTemplate] = await Promise.all([
    readTokenizerFiles(source, context),
    readJson(source, "processor_config.json", optional),
    readJson(source, "chat_template.json", optional),
  ]);
  const config = ownConfig === null ? {} : record("processor_config.json", ownConfig);
  let imageProcessor: unknown = config["image_processor"] ?? null;
  if (imageProcessor === null) imageProcessor = await readJson(source, "preprocessor_config.json", optional);
  const imageSeqLength = config["image_seq_length"] ?? DEFAULT_IMAGE_SEQ_LENGTH;
  if (typeof imageSeqLength !== "number" || !Number.isSafeInteger(imageSeqLength) || imageSeqLength < 1) {
    throw new ConfigError(`processor_config.json: image_seq_length must be an integer from 1, not ${JSON.stringify(imageSeqLength)}`);
  }
  const template = config["chat_template"] ?? (ownTemplate === null ? null : record("chat_template.json", ownTemplate)["chat_template"]);
  if (template !== null && typeof template !== "string") throw new ConfigError("the processor's chat_template must be a string");
  return {
    tokenizer,
    imageProcessor: imageProcessor === null ? null : record("image_processor", imageProcessor),
    imageSeqLength,
    chatTemplate: template,
  };
}
