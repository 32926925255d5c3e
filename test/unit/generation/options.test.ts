import { describe, expect, it } from "vitest";
import { InputError } from "../../../ts/errors.js";
import { checkImplemented, planGeneration, readGenerationDefaults, withStartToken } from "../../../ts/generation/options.js";

const defaults = readGenerationDefaults({ bos_token_id: 2, eos_token_id: [1, 106], pad_token_id: 0, max_new_tokens: 24, top_k: 64 });

describe("a generation's plan", () => {
  it("takes the checkpoint's defaults", () => {
    expect(planGeneration({}, defaults, 1, 500)).toEqual({ maxNewTokens: 24, minNewTokens: 0, eosTokenIds: [1, 106], padTokenId: 0, startTokenId: 2 });
  });

  it("takes the caller's options first, null included", () => {
    expect(planGeneration({ maxNewTokens: 3, eosTokenId: null, decoderStartTokenId: 7, padTokenId: 9 }, defaults, 1, 500)).toEqual({
      maxNewTokens: 3,
      minNewTokens: 0,
      eosTokenIds: [],
      padTokenId: 9,
      startTokenId: 7,
    });
  });

  it("makes 20 tokens where nothing says otherwise, and pads with the first eos", () => {
    expect(planGeneration({}, { bosTokenId: 2, eosTokenId: [5, 6] }, 1, 500)).toMatchObject({ maxNewTokens: 20, padTokenId: 5 });
  });

  it("counts the decoder's prompt in maxLength and minLength, which yield to the new tokens' limits", () => {
    expect(planGeneration({ maxLength: 10, minLength: 6 }, { bosTokenId: 2 }, 4, 500)).toMatchObject({ maxNewTokens: 6, minNewTokens: 2 });
    expect(planGeneration({ maxLength: 10, minLength: 6, maxNewTokens: 8, minNewTokens: 1 }, { bosTokenId: 2 }, 4, 500)).toMatchObject({ maxNewTokens: 8, minNewTokens: 1 });
    expect(planGeneration({ maxLength: 10 }, defaults, 4, 500)).toMatchObject({ maxNewTokens: 6 });
  });

  it.each([
    ["maxLength", { maxLength: 4 }],
    ["maxNewTokens", { maxNewTokens: 0 }],
    ["maxNewTokens", { maxNewTokens: 1.5 }],
    ["minNewTokens", { minNewTokens: 25 }],
    ["eosTokenId", { eosTokenId: 500 }],
    ["eosTokenId[1]", { eosTokenId: [1, -1] }],
    ["padTokenId", { padTokenId: "0" as unknown as number }],
  ])("names the option that is wrong: %s", (name, options) => {
    expect(() => planGeneration(options, { ...defaults, maxNewTokens: "maxLength" in options ? undefined : 24 }, 4, 500)).toThrow(new RegExp(`^${name.replace(/[[\]]/g, "\\$&")}: `));
  });

  it("needs a token to begin with", () => {
    expect(() => planGeneration({}, { maxNewTokens: 3 }, 1, 500)).toThrow(/^decoderStartTokenId: /);
  });

  it("puts the start token before a decoder prompt unless a row has it", () => {
    expect(withStartToken([[5, 6], [7, 8]], 2)).toEqual([[2, 5, 6], [2, 7, 8]]);
    expect(withStartToken([[2, 6], [7, 8]], 2)).toEqual([[2, 6], [7, 8]]);
  });
});

describe("what isn't implemented", () => {
  it.each([
    { doSample: true },
    { numBeams: 2 },
    { repetitionPenalty: 1.1 },
    { temperature: 0.7 },
    { topK: 50 },
    { stopStrings: ["."] },
    { seed: 1 },
    { logitsProcessors: [() => 0] },
  ])("throws by name: %o", (option) => {
    const [name] = Object.keys(option) as [string];
    const attempt = (): void => checkImplemented(option as object, {});
    expect(attempt).toThrow(InputError);
    expect(attempt).toThrow(new RegExp(`^${name}: `));
  });

  it("passes where it changes nothing", () => {
    checkImplemented({ doSample: false, numBeams: 1, repetitionPenalty: 1, stopStrings: null } as object, defaults);
  });

  it("throws where the checkpoint asks for it, unless the caller says otherwise", () => {
    const sampling = readGenerationDefaults({ do_sample: true, top_k: 64 });
    expect(() => checkImplemented({}, sampling)).toThrow(/^doSample: .*generation_config.json.*pass doSample: false/);
    checkImplemented({ doSample: false }, sampling);
  });
});
