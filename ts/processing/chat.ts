import { InputError } from "../errors.js";
import { describe } from "../options.js";
import type { ChatTemplate, RenderedChat } from "./chat-template.js";
import type { PictureInput } from "./picture-input.js";
import { pythonRstrip, pythonStrip } from "./python-whitespace.js";
import { isRecord, mapStrings, type PlainData, toPlainData } from "./template-data.js";

/** A part of a message. Others than these reach the template as they are. */
export type ChatContent =
  | { type: "text"; text: string; [key: string]: unknown }
  /** A picture: itself, an address, a path, or base64. Without any, a place for a picture that is passed apart. */
  | { type: "image"; image?: PictureInput; url?: string | URL; path?: string; base64?: string; [key: string]: unknown }
  | { type: "image_url"; image_url: string | { url: string; [key: string]: unknown } }
  | { type: string; [key: string]: unknown };

/** One turn of a conversation. Keys that the template knows, such as `tool_calls`, may be there. */
export interface ChatMessage {
  role: string;
  content?: string | readonly ChatContent[] | null;
  [key: string]: unknown;
}

/** A conversation, or several. */
export type ChatInput = readonly ChatMessage[] | readonly (readonly ChatMessage[])[];

/** What may be told to a template beside the messages. */
export interface ChatRenderOptions {
  /** Ends with what opens the model's turn. @default false */
  addGenerationPrompt?: boolean;
  /** Leaves the last message open, for the model to go on with; a string names the field to go on with instead of "content". */
  continueFinalMessage?: boolean | string;
  /** JSON schemas of functions that the model may call. */
  tools?: readonly Record<string, unknown>[];
  /** Texts to answer from, usually with "title" and "text". */
  documents?: readonly Record<string, unknown>[];
  /** A jinja template, or the name of one of the checkpoint's. @default the checkpoint's */
  chatTemplate?: string;
  /** Further variables of the template, by its own names; they win over special tokens. */
  templateKwargs?: Record<string, unknown>;
  /**
   * Encodes control tokens that stand in messages, tools, documents and template variables as plain text, so that what
   * people write can't end a turn or place a picture. Needs `tokenize`. @default false
   */
  sanitizeControlTokens?: boolean;
}

/** Every key of {@link ChatRenderOptions}. */
export const CHAT_RENDER_OPTIONS = [
  "addGenerationPrompt",
  "continueFinalMessage",
  "tools",
  "documents",
  "chatTemplate",
  "templateKwargs",
  "sanitizeControlTokens",
] as const satisfies readonly (keyof ChatRenderOptions)[];

/** Names that a message's reasoning goes by; the first is the standard one. */
const REASONING_FIELDS = ["reasoning_content", "thinking", "reasoning"];
const CONTINUE_TAG = "CONTINUE_FINAL_MESSAGE_TAG ";

/** Whether the input is several conversations, and the list of them either way, without keys whose value is null. */
export function normalizeChats(messages: ChatInput): { chats: ChatMessage[][]; isBatched: boolean } {
  if (!Array.isArray(messages)) throw new InputError(`messages must be an array, not ${describe(messages)}`);
  if (messages.length === 0) throw new InputError("messages is empty: at least one is needed");
  const isBatched = Array.isArray(messages[0]);
  const chats = (isBatched ? messages : [messages]) as readonly (readonly ChatMessage[])[];
  return {
    isBatched,
    chats: chats.map((chat, index) => {
      if (!Array.isArray(chat)) throw new InputError(`messages[${index}] must be an array, as messages[0] is`);
      return chat.map((message: unknown, position) => {
        if (!isRecord(message)) {
          const at = isBatched ? `messages[${index}][${position}]` : `messages[${position}]`;
          throw new InputError(`${at} must be an object with role and content, not ${describe(message)}`);
        }
        return Object.fromEntries(Object.entries(message).filter(([, value]) => value != null)) as ChatMessage;
      });
    }),
  };
}

/**
 * Renders one conversation.
 *
 * @param specialTokens variables such as `bos_token`
 * @param mark changes every text that comes from the caller
 * @throws InputError where the template refuses, or there is nothing to continue
 */
export function renderChat(
  template: ChatTemplate,
  chat: readonly ChatMessage[],
  options: ChatRenderOptions,
  specialTokens: Record<string, string>,
  mark: (text: string) => string = (text) => text,
): RenderedChat {
  const { addGenerationPrompt = false, continueFinalMessage = false, tools, documents, templateKwargs } = options;
  if (continueFinalMessage !== false && addGenerationPrompt) {
    throw new InputError("continueFinalMessage and addGenerationPrompt exclude each other");
  }
  requireRecords("tools", tools);
  requireRecords("documents", documents);
  const seen = (value: unknown): PlainData => mapStrings(toPlainData(value), mark);
  const messages = chat.map((message) => aliasReasoning(seen(message) as Record<string, PlainData>));
  const ending = continueFinalMessage === false ? null : tagFinalMessage(template, messages, continueFinalMessage);
  const rendered = template.render({
    ...specialTokens,
    ...(seen(templateKwargs ?? {}) as Record<string, PlainData>),
    messages,
    tools: seen(tools ?? null),
    documents: seen(documents ?? null),
    add_generation_prompt: addGenerationPrompt,
  });
  return ending === null ? rendered : { text: cutAtTag(rendered.text, ending), generated: [] };
}

function requireRecords(name: string, values: readonly unknown[] | undefined): void {
  if (values === undefined) return;
  if (!Array.isArray(values)) throw new InputError(`${name} must be an array of objects, not ${describe(values)}`);
  const bad = values.findIndex((value) => !isRecord(value));
  if (bad >= 0) throw new InputError(`${name}[${bad}] must be an object, not ${describe(values[bad])}`);
}

function aliasReasoning(message: Record<string, PlainData>): Record<string, PlainData> {
  const field = REASONING_FIELDS.find((name) => message[name] != null);
  if (field === undefined) return message;
  const reasoning = message[field] as PlainData;
  return { thinking: reasoning, ...message, reasoning_content: reasoning };
}

/** Marks where the last message ends; gives the text that has to be there after rendering. */
function tagFinalMessage(template: ChatTemplate, messages: Record<string, PlainData>[], field: true | string): string {
  const last = messages.at(-1);
  if (last === undefined) throw new InputError("continueFinalMessage: the conversation is empty");
  const name = field === true ? "content" : field;
  const final = last[name];
  if (final === undefined || final === null) {
    throw new InputError(`continueFinalMessage: the last message has no "${name}"`);
  }
  const copies = REASONING_FIELDS.includes(name) ? REASONING_FIELDS.filter((copy) => last[copy] === final) : [name];
  if (!copies.some((copy) => template.source.includes(copy))) {
    throw new InputError(`continueFinalMessage: the chat template does not use "${name}"`);
  }
  if (Array.isArray(final)) {
    const block = [...final].reverse().find((item) => isRecord(item) && "text" in item) as { text: PlainData } | undefined;
    if (typeof block?.text !== "string") throw new InputError("continueFinalMessage: the last message has no text");
    const { text } = block;
    block.text += CONTINUE_TAG;
    return text;
  }
  if (typeof final !== "string") throw new InputError(`continueFinalMessage: "${name}" of the last message is no text`);
  for (const copy of copies) last[copy] = final + CONTINUE_TAG;
  return final;
}

function cutAtTag(text: string, ending: string): string {
  const at = text.lastIndexOf(CONTINUE_TAG.trim());
  if (at < 0 || !text.includes(pythonStrip(ending))) {
    throw new InputError("continueFinalMessage: the chat template does not show the last message as it is");
  }
  // A template that trims the message takes the tag's space with it, and what came before the tag was to be trimmed, too.
  return text.startsWith(CONTINUE_TAG, at) ? text.slice(0, at) : pythonRstrip(text.slice(0, at));
}
