import { InputError } from "../errors.js";
import { describe } from "../options.js";
import type { GeneratingPipeline, Prepare } from "./generating-pipeline.js";
import { isMessages, type Messages, plainOptions, prepareChats } from "./prompts.js";

/** A prompt or a conversation, or several of them. */
export type TextInput = string | readonly string[] | Messages | readonly Messages[];

/** Text in, text out. */
export type Text2TextGenerationPipeline = GeneratingPipeline<"text2text-generation", TextInput>;

/** Reads a text task's input. @param task for messages */
export function prepareText(task: string): Prepare<TextInput> {
  return async (processor, input, { prefix = "", ...how }) => {
    if (isMessages(input)) return prepareChats(processor, [input], how);
    const items: readonly unknown[] = typeof input === "string" ? [input] : input;
    if (!Array.isArray(items) || items.length === 0) {
      throw new InputError(`${task}: the input must be text, messages, or an array of them, not ${describe(input)}`);
    }
    if (items.every(isMessages)) return prepareChats(processor, items, how);
    const odd = items.findIndex((item) => typeof item !== "string");
    if (odd >= 0) throw new InputError(`${task}: input[${odd}] must be a string like the others, not ${describe(items[odd])}`);
    const texts = (items as readonly string[]).map((text) => prefix + text);
    const inputs = await processor.process({ padding: texts.length > 1, ...plainOptions(how), text: texts });
    return { texts, inputs };
  };
}
