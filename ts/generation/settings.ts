import { InputError } from "../errors.js";
import type { JsonObject } from "../models/config-fields.js";
import { checkOptions } from "../options.js";
import { GenerationConfig } from "./generation-config.js";
import { GENERATION_CONFIG_KEYS, type GenerateOptions } from "./options.js";

/** What is set of a GenerationConfig. */
export type GenerationDefaults = Readonly<Record<string, unknown>>;

/**
 * What is set in the content of a `generation_config.json`.
 *
 * @throws ConfigError naming a field that is not what it must be
 */
export function readGenerationDefaults(json: Readonly<Record<string, unknown>>): GenerationDefaults {
  return setFields(new GenerationConfig(json as JsonObject));
}

/** What is set of a model's own configuration, checked as it is now. */
export function setFields(config: GenerationConfig): GenerationDefaults {
  if (!(config instanceof GenerationConfig)) throw new InputError("model.generationConfig: must be a GenerationConfig", { details: { argument: "generationConfig" } });
  config.validate();
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
}

type Values = Readonly<Record<string, unknown>>;

/** A call's options over its `generationConfig` over the checkpoint's. A null among the options unsets what is below. */
export class Settings {
  readonly #options: Values;
  readonly #config: Values;
  /** What the checkpoint set. */
  readonly checkpoint: Values;

  /** @throws InputError for a `generationConfig` with a key that is not one of its */
  constructor(options: GenerateOptions, checkpoint: GenerationDefaults) {
    const { generationConfig = {} } = options;
    checkOptions("generate: generationConfig", generationConfig, GENERATION_CONFIG_KEYS);
    const isSet = ([, value]: [string, unknown]): boolean => value !== null && value !== undefined;
    this.#options = options as Values;
    this.#config = Object.fromEntries(Object.entries(generationConfig as object).filter(isSet));
    this.checkpoint = checkpoint;
  }

  /** What is set, null where the caller unset it, undefined where nobody set it. */
  get(name: string): unknown {
    return this.layers.find((values) => values[name] !== undefined)?.[name];
  }

  /** Whether the call's own options set it. */
  isOption(name: string): boolean {
    return this.#options[name] !== undefined;
  }

  /** What the caller set, by option or `generationConfig`. */
  get given(): Values {
    return { ...this.#config, ...Object.fromEntries(Object.entries(this.#options).filter(([, value]) => value !== undefined)) };
  }

  /** Options, `generationConfig`, checkpoint: the first that has a value is heeded. */
  get layers(): readonly [Values, Values, Values] {
    return [this.#options, this.#config, this.checkpoint];
  }
}
