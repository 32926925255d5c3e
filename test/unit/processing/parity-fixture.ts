import { readFileSync } from "node:fs";
import type { ChatInput } from "../../../ts/processing/chat.js";
import { fromRoot } from "./support.js";

/** A text and what it becomes; long ones are a piece repeated. */
export interface TextCase {
  text?: string;
  repeat?: string;
  times?: number;
  ids: number[];
  decoded?: string;
  decodedSkipSpecial?: string;
}

/** Ids that no text gives. */
export interface IdCase {
  ids: number[];
  decoded: string;
  decodedSkipSpecial: string;
}

/** A conversation, rendered or refused. */
export interface ChatCase {
  messages: ChatInput;
  addGenerationPrompt: boolean;
  text?: string;
  ids?: number[];
  error?: string;
}

/** What the official implementation answers: test/fixtures/README.md describes it. */
export interface TokenizerFixture {
  texts: TextCase[];
  ids: IdCase[];
  chats: ChatCase[];
}

export function readTokenizerFixture(name: "gemma3" | "reader"): TokenizerFixture {
  return JSON.parse(readFileSync(fromRoot(`test/fixtures/tokenizer/${name}.json`), "utf8")) as TokenizerFixture;
}

/** The text of a case. */
export function textOf(item: TextCase): string {
  return item.text ?? (item.repeat as string).repeat(item.times as number);
}
