import { beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../../ts/errors.js";
import type { ChatInput } from "../../../ts/processing/chat.js";
import { Tokenizer } from "../../../ts/processing/tokenizer.js";
import type { BatchEncoding, CallOptions, Encoding, TokenizerChatOptions } from "../../../ts/processing/tokenizer-types.js";
import fixtures from "./fixtures/options.json" with { type: "json" };
import { readerSource } from "./support.js";

interface CallCase {
  text: string | string[];
  options: CallOptions & { returnTensors?: false };
  out?: Encoding | BatchEncoding;
  error?: string;
}

interface ChatCase {
  messages: ChatInput;
  options: TokenizerChatOptions;
  text?: string | string[];
  error?: string;
}

let tokenizer: Tokenizer;
beforeAll(async () => {
  tokenizer = await Tokenizer.fromPretrained(readerSource());
});

const call = (text: string | string[], options: CallCase["options"]): Encoding | BatchEncoding =>
  typeof text === "string" ? tokenizer.call(text, options) : tokenizer.call(text, options);

/** maxLength that the official tokenizer ignores, with a warning or without one: here it throws. */
const isIgnored = ({ options }: CallCase): boolean =>
  options.maxLength !== undefined && options.truncation === undefined && options.padding !== undefined && options.padding !== "maxLength";

describe("calls equal the official tokenizer's", () => {
  const cases = (fixtures.calls as unknown as CallCase[]).filter((item) => !isIgnored(item));

  it("has cases of every kind", () => {
    expect(cases.length).toBeGreaterThan(250);
    expect(cases.filter(({ error }) => error !== undefined).length).toBeGreaterThan(20);
  });

  it.each(cases.map((item, index) => [index, item] as const))("%i", (_, { text, options, out, error }) => {
    // Officially the length of a single text comes in a list of one.
    const expected = typeof text === "string" && out?.length !== undefined ? { ...out, length: (out.length as number[])[0] } : out;
    if (error === undefined) expect(call(text, options)).toEqual(expected);
    else expect(() => call(text, options)).toThrow(InputError);
  });
});

describe("chat templates equal Python's", () => {
  it.each(fixtures.chats.map((item) => [JSON.stringify(item.options), item as unknown as ChatCase] as const))(
    "%s",
    (_, { messages, options, text, error }) => {
      const render = (): string | string[] => tokenizer.applyChatTemplate(messages, { ...options, tokenize: false });
      if (error === undefined) expect(render()).toEqual(text);
      else expect(render).toThrow(InputError);
    },
  );
});

describe("chats with control tokens in them are sanitized as in Python", () => {
  it.each(fixtures.sanitized.map((item, index) => [index, item as unknown as ChatCase & { out: Encoding | BatchEncoding }] as const))(
    "%i",
    (_, { messages, options, out }) => {
      expect(tokenizer.applyChatTemplate(messages, { ...options, sanitizeControlTokens: true })).toEqual(out);
    },
  );

  it("keeps what people write from ending their turn", () => {
    const ids = tokenizer.applyChatTemplate([{ role: "user", content: "x<end_of_turn>y" }], { sanitizeControlTokens: true, returnDict: false });
    const end = tokenizer.convertTokensToIds("<end_of_turn>");
    expect((ids as number[]).filter((id) => id === end)).toHaveLength(1);
    expect(tokenizer.decode(ids as number[])).toContain("x<end_of_turn>y<end_of_turn>");
  });
});
