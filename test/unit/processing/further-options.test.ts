import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../../ts/errors.js";
import type { AddedToken } from "../../../ts/processing/added-vocabulary.js";
import type { PadInput, PadOptions } from "../../../ts/processing/pad.js";
import type { ChatInput } from "../../../ts/processing/chat.js";
import { Tokenizer } from "../../../ts/processing/tokenizer.js";
import type { BatchEncoding, CallOptions, Encoding, TokenizerChatOptions, TokenizerPreferences } from "../../../ts/processing/tokenizer-types.js";
import { fromRoot, readerSource } from "./support.js";

type Out = Record<string, unknown>;
interface Call {
  text: string | null;
  options: CallOptions & { returnTensors?: false };
  out?: Out;
  error?: string;
}
interface Step {
  method: "call" | "addTokens" | "addSpecialTokens";
  given: unknown;
  options: object | null;
  out?: Out;
  error?: string;
}
interface Load {
  options: TokenizerPreferences;
  loaded: Out;
  withEos: Out;
}
interface Fixture {
  calls: Call[];
  added: { steps: Step[] }[];
  padded: { given: PadInput; options: PadOptions & { returnTensors?: false }; out?: Out; error?: string }[];
  loads: Load[];
  masks: { messages: ChatInput; template: string; options: TokenizerChatOptions; out?: Out; error?: string }[];
}

const fixture = JSON.parse(readFileSync(fromRoot("test/fixtures/processing/expected.json"), "utf8")) as Fixture;
const load = (preferences: TokenizerPreferences = {}): Promise<Tokenizer> => Tokenizer.fromPretrained(readerSource(), preferences);
const numbered = <T>(cases: readonly T[]): [number, T][] => cases.map((item, index) => [index, item]);

let tokenizer: Tokenizer;
beforeAll(async () => {
  tokenizer = await load();
});

describe("calls equal the official tokenizer's", () => {
  it.each(numbered(fixture.calls))("%i", (_, { text, options, out, error }) => {
    const run = (): Encoding | BatchEncoding => tokenizer.call(text as string, options);
    if (error === undefined) expect(run()).toEqual(out);
    else expect(run).toThrow(InputError);
  });
});

describe("added tokens", () => {
  it.each(numbered(fixture.added))("%i", async (_, { steps }) => {
    const own = await load();
    const take = ({ method, given, options }: Step): Out => {
      if (method === "call") {
        const { inputIds: ids, offsetMapping: offsets } = own.call(given as string, { returnOffsetsMapping: true });
        return { ids, offsets, decoded: own.decode(ids), skipped: own.decode(ids, { skipSpecialTokens: true }) };
      }
      const count = method === "addTokens" ? own.addTokens(given as AddedToken[], options ?? {}) : own.addSpecialTokens(given as Record<string, string>, options ?? {});
      const { length, specialTokensMap: special, extraSpecialTokens: extra, allSpecialIds: all } = own;
      return { count, length, added: Object.fromEntries(own.getAddedVocab()), special, extra, all };
    };
    for (const step of steps) {
      if (step.error === undefined) expect(take(step), JSON.stringify(step.given)).toEqual(step.out);
      else expect(() => take(step), step.error).toThrow(InputError);
    }
  });

  it("are in the vocabulary, with ids that tokens and masks are told by", async () => {
    const own = await load();
    expect(own.addTokens("<new>", { specialTokens: true })).toBe(1);
    expect([own.getVocab().get("<new>"), own.convertTokensToIds("<new>"), own.convertIdsToTokens(own.vocabSize)]).toEqual([own.vocabSize, own.vocabSize, "<new>"]);
    expect(own.getVocab().size).toBe(own.length);
    expect(own.getSpecialTokensMask([own.bosTokenId as number, 300])).toEqual([1, 0]);
  });
});

describe("pad", () => {
  it.each(numbered(fixture.padded))("%i", (_, { given, options, out, error }) => {
    if (error === undefined) expect(tokenizer.pad(given, options)).toEqual(out);
    else expect(() => tokenizer.pad(given, options)).toThrow(InputError);
  });

  it("makes tensors of rows that have one length, and says what is wrong", () => {
    expect(tokenizer.pad({ inputIds: [[1], [1, 2]] }, { returnTensors: true }).inputIds.tolist()).toEqual([[0, 1], [1, 2]]);
    expect(() => tokenizer.pad({ inputIds: [[1], [1, 2]] }, { padding: false, returnTensors: true })).toThrow(/text 1 has 2 tokens/);
    expect(() => tokenizer.pad([{ inputIds: [1], labels: [1] }, { inputIds: [2] }])).toThrow(/encodings\[1\] has no labels/);
    expect(() => tokenizer.pad({ inputIds: [[1], [2]], length: [1] })).toThrow(/length has 1 rows/);
    expect(() => tokenizer.pad([])).toThrow(/at least one/);
  });
});

describe("what is put around texts", () => {
  it.each(fixture.loads.map((item) => [JSON.stringify(item.options), item] as const))("%s", async (_, { options, loaded, withEos }) => {
    const own = await load(options);
    const both = (): Out => ({
      one: own.encode("one<eos>"),
      pair: own.call("one", { textPair: "two", returnTokenTypeIds: true }),
      added: [own.numSpecialTokensToAdd(), own.numSpecialTokensToAdd(true)],
    });
    expect(both()).toEqual(loaded);
    own.addEosToken = true;
    expect([own.addBosToken, own.addEosToken]).toEqual([options.addBosToken ?? false, true]);
    expect(both()).toEqual(withEos);
    expect(own.maxLenSingleSentence).toBe(own.modelMaxLength - own.numSpecialTokensToAdd());
    expect(own.maxLenSentencesPair).toBe(own.modelMaxLength - own.numSpecialTokensToAdd(true));
  });
});

describe("masks of what the assistant said", () => {
  it.each(numbered(fixture.masks))("%i", (_, { messages, template, options, out, error }) => {
    const run = (): unknown => tokenizer.applyChatTemplate(messages, { ...options, chatTemplate: template, returnAssistantTokensMask: true });
    if (error === undefined) expect(run()).toEqual(out);
    else expect(run).toThrow(InputError);
  });

  it("need a template that marks it, and a dictionary to come in", () => {
    const chat = [{ role: "user", content: "x" }];
    expect(() => tokenizer.applyChatTemplate(chat, { returnAssistantTokensMask: true })).toThrow(/does not mark what the assistant said/);
    const chatTemplate = "{% generation %}x{% endgeneration %}";
    expect(() => tokenizer.applyChatTemplate(chat, { chatTemplate, returnAssistantTokensMask: true, returnDict: false })).toThrow(/returnDict/);
    expect(() => tokenizer.applyChatTemplate(chat, { chatTemplate, returnAssistantTokensMask: true, sanitizeControlTokens: true })).toThrow(/exclude/);
  });
});

describe("a call refuses", () => {
  it.each<[string, CallOptions & { returnTensors?: false }, RegExp]>([
    ["a stride that nothing comes of", { truncation: true, maxLength: 4, stride: 1 }, /stride has no effect without returnOverflowingTokens/],
    ["a negative stride", { returnOverflowingTokens: true, stride: -1 }, /integer from 0/],
    ["words that are none", { isSplitIntoWords: true }, /must be an array of words/],
    ["options of a target that is not there", { maxTargetLength: 3 }, /maxTargetLength has no effect without textTarget/],
    ["a batch beside a single text", { textTarget: ["a"] }, /both be single texts/],
  ])("%s", (_, options, message) => {
    expect(() => tokenizer.call("one two three four", options)).toThrow(message);
  });
});
