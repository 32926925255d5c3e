import type { ChatMessage } from "../processing/chat.js";
import type { Processor } from "../processing/processor.js";
import type { Prepared } from "./generating-pipeline.js";

/** A conversation. */
export type Messages = readonly ChatMessage[];

/** Whether an input is one conversation. */
export function isMessages(input: unknown): input is Messages {
  return Array.isArray(input) && input.length > 0 && input.every(isMessage);
}

function isMessage(value: unknown): value is ChatMessage {
  return typeof value === "object" && value !== null && "role" in value;
}

/** Inputs of conversations; one that ends with the assistant's turn is gone on with. */
export async function prepareChats(processor: Processor, chats: readonly Messages[], signal: AbortSignal | undefined): Promise<Prepared> {
  const goesOn = chats.every((chat) => chat.at(-1)?.role === "assistant");
  const turn = goesOn ? { continueFinalMessage: true } : { addGenerationPrompt: true };
  const texts = processor.applyChatTemplate(chats, turn);
  const padding = chats.length > 1;
  const inputs = await processor.applyChatTemplate(chats, { ...turn, tokenize: true, padding, ...(signal && { signal }) });
  return { texts, inputs };
}
