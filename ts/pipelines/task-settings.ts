import { ConfigError } from "../errors.js";
import type { GenerationSettings } from "../generation/options.js";
import { readGenerationDefaults } from "../generation/settings.js";
import { describe } from "../options.js";
import { isObject, type JsonObject, type JsonValue } from "../models/config-fields.js";

/** What a checkpoint's configuration says of a task. */
export interface TaskSettings {
  /** What goes before each plain text. */
  readonly prefix: string;
  /** How to generate, where the caller doesn't say. */
  readonly settings: GenerationSettings | undefined;
}

/**
 * Reads `prefix` and `task_specific_params` of a `config.json`: what T5 checkpoints say of summarising and translating.
 *
 * @throws ConfigError naming a field that is not what it must be
 */
export function readTaskSettings(config: JsonObject, task: string): TaskSettings {
  const { prefix: common, task_specific_params: tasks } = config;
  const given = isObject(tasks) ? tasks[task] : undefined;
  if (!isObject(given)) return { prefix: readPrefix("prefix", common), settings: undefined };
  const { prefix = common, ...rest } = given;
  return { prefix: readPrefix(`task_specific_params.${task}.prefix`, prefix), settings: readGenerationDefaults(rest) };
}

function readPrefix(field: string, value: JsonValue | undefined): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  throw new ConfigError(`${field}: must be a string, not ${describe(value)}`, { details: { field } });
}
