import { InputError } from "../errors.js";
import { checkOptions } from "../options.js";
import type { ChatMessage, ChatRenderOptions } from "../processing/chat.js";
import type { Processor } from "../processing/processor.js";
import { PROCESSING_OPTIONS, type ProcessingOptions } from "../processing/processor-types.js";
import type { Prepared } from "./generating-pipeline.js";
import { joinRows } from "./join-rows.js";

/** A conversation. */
export type Messages = readonly ChatMessage[];

/** How a pipeline reads prompts and conversations. */
export interface PromptOptions extends Pick<ChatRenderOptions, "tools" | "documents" | "chatTemplate" | "templateKwargs"> {
  /** Options of the processor: truncation, pan and scan, sizes of pictures. */
  processorKwargs?: ProcessingOptions | undefined;
  /** Whether the answer goes on with a conversation's last message. @default whether that is the assistant's */
  continueFinalMessage?: boolean | undefined;
}

/** The options that only conversations take. */
const CHAT_OPTIONS = ["continueFinalMessage", "tools", "documents", "chatTemplate", "templateKwargs"] as const satisfies readonly (keyof PromptOptions)[];

/** Every key of {@link PromptOptions}. */
export const PROMPT_OPTIONS = [...CHAT_OPTIONS, "processorKwargs"] as const satisfies readonly (keyof PromptOptions)[];

/** How to read an input. */
export interface PrepareOptions extends PromptOptions {
  readonly signal?: AbortSignal | undefined;
  /** What the checkpoint wants before each plain text. */
  readonly prefix?: string | undefined;
}

/** Whether an input is one conversation. */
export function isMessages(input: unknown): input is Messages {
  return Array.isArray(input) && input.length > 0 && input.every(isMessage);
}

function isMessage(value: unknown): value is ChatMessage {
  return typeof value === "object" && value !== null && "role" in value;
}

/** What plain prompts give the processor. @throws InputError for an option that only conversations take */
export function plainOptions({ signal, processorKwargs = {}, ...options }: PrepareOptions): ProcessingOptions {
  const useless = CHAT_OPTIONS.find((key) => options[key] !== undefined);
  if (useless !== undefined) throw new InputError(`${useless}: has no effect without messages`, { details: { option: useless } });
  checkOptions("processorKwargs", processorKwargs, PROCESSING_OPTIONS);
  return { ...processorKwargs, ...(signal && { signal }) };
}

/** Inputs of conversations. */
export async function prepareChats(processor: Processor, chats: readonly Messages[], options: PrepareOptions): Promise<Prepared> {
  const { continueFinalMessage, tools, documents, chatTemplate, templateKwargs, ...rest } = options;
  const own = Object.fromEntries(Object.entries({ tools, documents, chatTemplate, templateKwargs }).filter(([, value]) => value !== undefined));
  const how = plainOptions(rest);
  const goesOn = (chat: Messages): boolean => continueFinalMessage ?? chat.at(-1)?.role === "assistant";
  const turnOf = (chat: Messages): ChatRenderOptions => ({ ...own, ...(goesOn(chat) ? { continueFinalMessage: true } : { addGenerationPrompt: true }) });
  const texts = chats.map((chat) => processor.applyChatTemplate(chat, turnOf(chat)) as string);
  const alike = chats.every((chat) => goesOn(chat) === goesOn(chats[0] as Messages));
  const read = (group: readonly Messages[], padding: boolean) =>
    processor.applyChatTemplate(group, { padding, ...how, ...turnOf(group[0] as Messages), tokenize: true });
  if (alike) return { texts, inputs: await read(chats, chats.length > 1) };
  return { texts, inputs: joinRows(processor, await Promise.all(chats.map((chat) => read([chat], false)))) };
}
