import { InputError } from "../errors.js";
import type { ModelCore } from "../models/model-core.js";
import { count, number, oneOf } from "./checks.js";
import type { GenerationConfigValues } from "./generation-fields.js";
import type { Settings } from "./settings.js";

/** How the length of an assistant's drafts changes. */
export type AssistantSchedule = "constant" | "heuristic" | "heuristic_transient";

/** A model that can assist another: a loaded `T5Gemma2ForConditionalGeneration`. */
export interface AssistantModel {
  /** The assistant's own wishes about its drafts count where the call has none. */
  readonly generationConfig: Pick<GenerationConfigValues, (typeof ASSISTANT_ONLY)[number]>;
  /** @internal */
  readonly core: ModelCore;
}

/** How an assistant drafts, all defaults applied. */
export interface Assistance {
  readonly tokens: number;
  readonly schedule: AssistantSchedule;
  readonly confidence: number;
}

/** Options that only an assistant heeds. */
export const ASSISTANT_ONLY = ["numAssistantTokens", "numAssistantTokensSchedule", "assistantConfidenceThreshold"] as const;

const SCHEDULES: readonly AssistantSchedule[] = ["constant", "heuristic", "heuristic_transient"];

/** The length of drafts that the schedule "heuristic" came to with an assistant. */
const learned = new WeakMap<ModelCore, number>();

/**
 * The call's wishes, then those of the assistant, as the oracle has it; then the oracle's defaults.
 *
 * @throws InputError naming the option
 */
export function planAssistance(settings: Settings, { generationConfig, core }: AssistantModel): Assistance {
  const wish = (name: (typeof ASSISTANT_ONLY)[number]): unknown => settings.given[name] ?? generationConfig[name];
  const schedule = oneOf("numAssistantTokensSchedule", wish("numAssistantTokensSchedule"), SCHEDULES, "constant");
  const before = schedule === "heuristic" ? learned.get(core) : undefined;
  const tokens = count("numAssistantTokens", settings.given["numAssistantTokens"] ?? before ?? generationConfig.numAssistantTokens) ?? 20;
  if (tokens < 1) throw new InputError(`numAssistantTokens: must be at least 1, not ${tokens}`, { details: { option: "numAssistantTokens" } });
  return { tokens, schedule, confidence: number("assistantConfidenceThreshold", wish("assistantConfidenceThreshold")) ?? 0.4 };
}

/** Keeps how many tokens an assistant would draft next. */
export function learn({ schedule }: Assistance, assistant: ModelCore, tokens: number): void {
  if (schedule === "heuristic") learned.set(assistant, tokens);
}
