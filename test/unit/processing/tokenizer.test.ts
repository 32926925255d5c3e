import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { ConfigError, InputError, LoadError } from "../../../ts/errors.js";
import { Tensor } from "../../../ts/processing/tensor.js";
import { Tokenizer } from "../../../ts/processing/tokenizer.js";
import type { TokenizerConfigJson, TokenizerFiles, TokenizerJson } from "../../../ts/processing/tokenizer-json.js";
import { readerSource } from "./support.js";

const json = (name: string): unknown => JSON.parse(readFileSync(`${readerSource()}/${name}`, "utf8"));
const filesOf = (config: TokenizerConfigJson = {}, tokenizer: Partial<TokenizerJson> = {}): TokenizerFiles => ({
  tokenizer: { ...(json("tokenizer.json") as TokenizerJson), ...tokenizer },
  config: { ...(json("tokenizer_config.json") as TokenizerConfigJson), ...config },
});

let tokenizer: Tokenizer;
beforeAll(async () => {
  tokenizer = await Tokenizer.fromPretrained(readerSource());
});

describe("Tokenizer", () => {
  it("knows its special tokens", () => {
    expect(tokenizer.specialTokensMap).toEqual({
      bos_token: "<bos>",
      eos_token: "<eos>",
      unk_token: "<unk>",
      pad_token: "<pad>",
      mask_token: "<mask>",
      boi_token: "<start_of_image>",
      eoi_token: "<end_of_image>",
      image_token: "<image_soft_token>",
    });
    expect(tokenizer.allSpecialIds).toEqual([2, 1, 3, 0, 4, 268, 269, 575]);
    expect([tokenizer.bosTokenId, tokenizer.eosTokenId, tokenizer.padTokenId, tokenizer.unkTokenId, tokenizer.maskTokenId]).toEqual([2, 1, 0, 3, 4]);
    expect([tokenizer.vocabSize, tokenizer.length, tokenizer.modelMaxLength]).toEqual([576, 576, 512]);
    expect([tokenizer.paddingSide, tokenizer.truncationSide, tokenizer.numSpecialTokensToAdd(), tokenizer.numSpecialTokensToAdd(true)]).toEqual(["left", "right", 1, 2]);
  });

  it("turns tokens to ids and back", () => {
    expect(tokenizer.convertTokensToIds(["<bos>", "zzz"])).toEqual([2, 3]);
    expect(tokenizer.convertIdsToTokens([2, 3, 5, 99999])).toEqual(["<bos>", "<unk>", "<start_of_turn>", null]);
    expect(tokenizer.convertIdsToTokens([2, 3, 5], { skipSpecialTokens: true })).toEqual(["<start_of_turn>"]);
    expect(tokenizer.convertIdsToTokens(2)).toBe("<bos>");
    expect(tokenizer.tokenize("hello <mask> ▁▁  x")).toEqual(["h", "el", "l", "o", "▁", "<mask>", "▁▁", "▁▁▁", "x"]);
  });

  it("counts a lone surrogate as U+FFFD", () => {
    for (const broken of ["\ud800", "a\udc00b", "\udc00\ud800", "👍\ud83d"]) {
      expect(tokenizer.encode(broken)).toEqual(tokenizer.encode(broken.replace(/\p{Surrogate}/gu, "\ufffd")));
    }
  });

  it("gives tensors of rows that have one length", () => {
    const { inputIds, attentionMask } = tokenizer.call(["one", "one two"], { padding: true, returnTensors: true });
    expect(inputIds.dims).toEqual([2, 3]);
    expect(attentionMask?.tolist()).toEqual([
      [0, 1, 1],
      [1, 1, 1],
    ]);
    expect(() => tokenizer.call(["one", "one two"], { returnTensors: true })).toThrow(/text 1 has 3 tokens, but text 0 has 2: pass padding: true/);
    expect(tokenizer.call("one", { returnTensors: true }).inputIds.dims).toEqual([1, 2]);
  });

  it("decodes what can hold ids", () => {
    const ids = tokenizer.encode("one two", { addSpecialTokens: false });
    expect(tokenizer.decode(ids)).toBe("one two");
    expect(tokenizer.decode(Int32Array.from(ids))).toBe("one two");
    expect(tokenizer.decode(new Tensor("int32", ids, [ids.length]))).toBe("one two");
    expect(tokenizer.decode(new Tensor("int32", ids, [1, ids.length]))).toEqual(["one two"]);
    expect(tokenizer.decode([ids, []])).toEqual(["one two", ""]);
    expect(tokenizer.decode(ids[0] as number)).toBe("one");
    expect(tokenizer.batchDecode([ids, [2, ...ids]], { skipSpecialTokens: true })).toEqual(["one two", "one two"]);
    expect(tokenizer.batchDecode(ids)).toEqual(["one two"]);
    expect(tokenizer.batchDecode([])).toEqual([]);
    expect(tokenizer.decode([])).toBe("");
  });

  it("cleans up spaces only where the configuration insists", () => {
    const ids = tokenizer.encode("one , two", { addSpecialTokens: false });
    expect(tokenizer.decode(ids, { cleanUpTokenizationSpaces: true })).toBe("one , two");
    const insisting = new Tokenizer(filesOf({ clean_up_tokenization_spaces: true, clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output: true }));
    expect(insisting.decode(ids)).toBe("one, two");
    expect(insisting.decode(ids, { cleanUpTokenizationSpaces: false })).toBe("one , two");
  });

  it("takes templates from the caller, and tokenizes chats", () => {
    const messages = [{ role: "user", content: "Hi" }];
    const text = tokenizer.applyChatTemplate(messages, { tokenize: false, addGenerationPrompt: true });
    expect(text).toBe("<bos><start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\n");
    const ids = tokenizer.encode(text as string, { addSpecialTokens: false });
    expect(tokenizer.applyChatTemplate(messages, { addGenerationPrompt: true })).toEqual({ inputIds: ids, attentionMask: ids.map(() => 1) });
    expect(tokenizer.applyChatTemplate(messages, { addGenerationPrompt: true, returnDict: false })).toEqual(ids);
    const tensor = tokenizer.applyChatTemplate(messages, { addGenerationPrompt: true, returnDict: false, returnTensors: true });
    expect(tensor.tolist()).toEqual([ids]);
    const batch = tokenizer.applyChatTemplate([messages, [...messages, { role: "assistant", content: "Yes" }]], { padding: true, returnTensors: true });
    expect(batch.inputIds.dims[0]).toBe(2);
  });

  it.each<[string, () => unknown, RegExp]>([
    ["an unknown option", () => tokenizer.encode("x", { max_length: 3 } as never), /did you mean "maxLength"/],
    ["a length without effect", () => tokenizer.encode("x", { padding: true, maxLength: 3 }), /maxLength has no effect/],
    ["a multiple without effect", () => tokenizer.encode("x", { padToMultipleOf: 8 }), /padToMultipleOf has no effect/],
    ["no room", () => tokenizer.call("x", { textPair: "y", maxLength: 1 }), /no room/],
    ["a length of 0", () => tokenizer.encode("x", { maxLength: 0 }), /maxLength must be an integer from 1/],
    ["an unknown padding", () => tokenizer.encode("x", { padding: "max" as never }), /padding must be one of/],
    ["an unknown side", () => tokenizer.encode("x", { padding: true, paddingSide: "top" as never }), /paddingSide/],
    ["numbers as text", () => tokenizer.encode([1] as never), /text\[0\] must be a string, not number/],
    ["no text", () => tokenizer.encode([] as string[]), /at least one text/],
    ["pairs that don't match", () => tokenizer.encode(["a", "b"], { textPair: ["c"] }), /2 strings/],
    ["one pair for many", () => tokenizer.encode(["a"], { textPair: "c" } as never), /textPair must be an array/],
    ["negative ids", () => tokenizer.decode([-1]), /-1/],
    ["text as ids", () => tokenizer.decode("abc" as never), /decode: ids/],
    ["no messages", () => tokenizer.applyChatTemplate([]), /messages is empty/],
    ["messages as text", () => tokenizer.applyChatTemplate("hi" as never), /messages must be an array, not string/],
    ["text among messages", () => tokenizer.applyChatTemplate(["hi"] as never), /messages\[0\] must be an object/],
    ["options without effect", () => tokenizer.applyChatTemplate([{ role: "user", content: "a" }], { tokenize: false, padding: true }), /padding has no effect/],
    ["tools that are functions", () => tokenizer.applyChatTemplate([{ role: "user", content: "a" }], { tools: [(() => 1) as never] }), /tools\[0\] must be an object, not function/],
  ])("refuses %s", (_, run, message) => {
    expect(run).toThrow(InputError);
    expect(run).toThrow(message);
  });
});

describe("files of a tokenizer", () => {
  it("may leave special tokens out of tokenizer.json: they get new ids at the end", () => {
    const added = new Tokenizer(filesOf({ extra_special_tokens: ["<x>", "▁"], boi_token: "<new_boi>" }));
    expect(added.specialTokenId("boi_token")).toBe(576);
    expect(added.convertTokensToIds(["<x>", "▁"])).toEqual([577, tokenizer.convertTokensToIds("▁")]);
    expect(added.length).toBe(578);
    expect(added.decode(added.encode("a<x>b<new_boi>"), { skipSpecialTokens: true })).toBe("ab");
  });

  it("may have older special_tokens_map.json instead", () => {
    const files = filesOf();
    const config: TokenizerConfigJson = { tokenizer_class: "PreTrainedTokenizerFast" };
    const map = { bos_token: "<bos>", pad_token: { content: "<eos>" } };
    const plain = new Tokenizer({ ...files, config, specialTokensMap: map });
    expect(plain.specialTokensMap).toEqual({ bos_token: "<bos>", pad_token: "<eos>" });
    expect([plain.paddingSide, plain.modelMaxLength]).toEqual(["right", 1e30]);
    expect(plain.encode(["x", "a b c"], { padding: true })[0]?.slice(-1)).toEqual([1]);
    expect(() => plain.encode("x", { padding: "maxLength" })).not.toThrow();
  });

  it("can't pad without a padding token", () => {
    const { tokenizer: file } = filesOf();
    const bare = new Tokenizer({ tokenizer: file, config: { tokenizer_class: "PreTrainedTokenizerFast" } });
    expect(() => bare.encode(["a"], { padding: true })).toThrow(/padding token/);
  });

  it("decode with the library's decoder where they have another one, but can't stream then", () => {
    const other = new Tokenizer(filesOf({}, { decoder: { type: "Metaspace" } as never }));
    expect(other.decode(other.encode("one two", { addSpecialTokens: false }))).toBe("one two");
    expect(() => other.streamDecoder()).toThrow(ConfigError);
  });

  it.each<[string, () => unknown, RegExp]>([
    ["a padding side", () => new Tokenizer(filesOf({ padding_side: "top" })), /padding_side/],
    ["a special token", () => new Tokenizer(filesOf({ bos_token: 5 })), /bos_token/],
    ["an added token", () => new Tokenizer(filesOf({}, { added_tokens: [{ id: -1, content: "x" }] })), /added token/],
    ["a post processor", () => new Tokenizer(filesOf({}, { post_processor: { type: "BertProcessing" } })), /BertProcessing/],
    ["a model", () => new Tokenizer(filesOf({}, { model: { type: "New", vocab: {} } })), /tokenizer.json/],
  ])("are refused for %s that makes no sense", (_, make, message) => {
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(message);
  });

  it("must be there", async () => {
    await expect(Tokenizer.fromPretrained(`${readerSource()}/samples`)).rejects.toThrow(LoadError);
    await expect(Tokenizer.fromPretrained(readerSource(), { paddingside: "left" } as never)).rejects.toThrow(/did you mean "paddingSide"/);
  });

  it("report how they load, and take what the caller prefers", async () => {
    const events: string[] = [];
    const loaded = await Tokenizer.fromPretrained(readerSource(), {
      device: "auto",
      paddingSide: "right",
      truncationSide: "left",
      modelMaxLength: 7,
      onProgress: ({ status, file }) => events.push(`${status} ${file}`),
    });
    expect([loaded.paddingSide, loaded.truncationSide, loaded.modelMaxLength]).toEqual(["right", "left", 7]);
    expect(events).toContain("done tokenizer.json");
    expect(events.at(-1)).toMatch(/^ready /);
  });
});
