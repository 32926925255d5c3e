import { describe, expect, it } from "vitest";
import { readArguments, UsageError } from "../../../ts/cli/arguments.js";

describe("the command line", () => {
  it("has defaults", () => {
    expect(readArguments(["What number is shown?"])).toEqual({
      model: "builtin:reader",
      images: [],
      device: "auto",
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
    const args = ["--model=a/b", "hi", "--image", "1.png", "--image=2.png", "--device", "wasm", "--dtype", "bf16", "--max-new-tokens", "7", "--chat", "--json", "--verbose"];
    args.push("--temperature", "0.7", "--top-k", "40", "--top-p=.9", "--seed", "0", "--beams", "2", "--stop", "\n", "--stop", "END");
    expect(readArguments(args)).toEqual({
      model: "a/b",
      images: ["1.png", "2.png"],
      device: "wasm",
      dtype: "bf16",
      maxNewTokens: 7,
      choice: { doSample: true, temperature: 0.7, topK: 40, topP: 0.9, seed: 0, numBeams: 2 },
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

  it.each([
    [["--devise", "wasm", "hi"], "--devise"],
    [["--device", "cuda", "hi"], "auto, webgpu, wasm"],
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
