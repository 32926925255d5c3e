import { describe, expect, it } from "vitest";
import { readArguments } from "../../../ts/cli/arguments.js";
import { UsageError } from "../../../ts/cli/usage-error.js";

describe("the command line", () => {
  it("has defaults", () => {
    expect(readArguments(["What number is shown?"])).toEqual({
      task: "image-text-to-text",
      aggregation: "none",
      pooling: "mean",
      normalize: false,
      model: "builtin:reader",
      images: [],
      device: "auto",
      threads: "auto",
      dtype: "auto",
      maxNewTokens: undefined,
      choice: {},
      stopStrings: [],
      chat: false,
      json: false,
      verbose: false,
      prompt: "What number is shown?",
    });
  });

  it("reads every option, in any order and in both spellings", () => {
    const args = ["--model=a/b", "hi", "--image", "1.png", "--image=2.png", "--device", "wasm", "--threads", "3", "--dtype", "bf16", "--max-new-tokens", "7", "--chat", "--json", "--verbose"];
    args.push("--temperature", "0.7", "--top-k", "40", "--top-p=.9", "--seed", "0", "--beams", "2", "--stop", "\n", "--stop", "END", "--prompt-lookup", "3", "--regex", "a|b", "--task=image-text-to-text");
    expect(readArguments(args)).toEqual({
      task: "image-text-to-text",
      constraint: { regex: "a|b" },
      aggregation: "none",
      pooling: "mean",
      normalize: false,
      model: "a/b",
      images: ["1.png", "2.png"],
      device: "wasm",
      threads: 3,
      dtype: "bf16",
      maxNewTokens: 7,
      choice: { doSample: true, temperature: 0.7, topK: 40, topP: 0.9, seed: 0, numBeams: 2, promptLookupNumTokens: 3 },
      stopStrings: ["\n", "END"],
      chat: true,
      json: true,
      verbose: true,
      prompt: "hi",
    });
  });

  it("leaves the prompt to standard input, and takes one that begins with a dash after --", () => {
    expect(readArguments([])).toMatchObject({ prompt: undefined });
    expect(readArguments(["--", "-5 in words"])).toMatchObject({ prompt: "-5 in words" });
  });

  it("reads what the other tasks take", () => {
    expect(readArguments(["--task", "text-classification", "--top-k", "3", "hi"])).toMatchObject({ labels: 3, choice: {} });
    expect(readArguments(["--task", "token-classification", "--aggregation", "max", "hi"])).toMatchObject({ aggregation: "max" });
    expect(readArguments(["--task", "feature-extraction", "--pooling=last", "--normalize", "hi"])).toMatchObject({ pooling: "last", normalize: true });
    expect(readArguments(["--task", "translation_en_to_de", "--choices", "ja,nein", "hi"])).toMatchObject({ constraint: { choices: ["ja", "nein"] } });
    expect(readArguments(["--schema", "s.json", "hi"])).toMatchObject({ constraint: { schema: "s.json" } });
  });

  it.each([
    [["--task", "sing", "hi"], "--task is one of image-text-to-text"],
    [["--task", "text-classification", "--beams", "2", "hi"], "--beams has no effect on the task text-classification"],
    [["--task", "text2text-generation", "--image", "a.png", "hi"], "--image has no effect"],
    [["--pooling", "mean", "hi"], "--pooling has no effect on the task image-text-to-text"],
    [["--task", "ner", "--aggregation", "most", "hi"], "--aggregation is one of none, simple"],
    [["--task", "text-classification", "--top-k", "0", "hi"], "--top-k is a whole number from 1"],
    [["--regex", "a", "--choices", "a", "hi"], "--schema, --regex and --choices"],
    [["--devise", "wasm", "hi"], "--devise"],
    [["--device", "cuda", "hi"], "auto, webgpu, wasm"],
    [["--threads", "many", "hi"], "--threads is a whole number from 1"],
    [["--dtype", "int8", "hi"], "auto, f32, bf16"],
    [["--max-new-tokens", "0", "hi"], "--max-new-tokens"],
    [["--max-new-tokens", "1e3", "hi"], "--max-new-tokens"],
    [["--temperature", "hot", "hi"], "--temperature"],
    [["--top-p", "0", "hi"], "--top-p"],
    [["--beams", "0", "hi"], "--beams"],
    [["--seed", "-1", "hi"], "--seed"],
    [["--image"], "--image"],
    [["What", "number"], "quotes"],
  ])("refuses %o in one line that says %s", (args, said) => {
    const attempt = (): unknown => readArguments(args);
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(said);
    expect(attempt).toThrow(/^[^\n]*$/);
  });

  it("knows --help and --version", () => {
    expect([readArguments(["-h"]), readArguments(["--version"])]).toEqual(["help", "version"]);
  });
});
