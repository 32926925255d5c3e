import { describe, expect, it } from "vitest";
import { InputError } from "../../../ts/errors.js";
import { stopStringCriterion, tokenTextsOf } from "../../../ts/generation/stop-strings.js";

const tokens = ["<bos>", "s", "to", "pped", "stop", "opera", "at", "las", "topper", "st", "sto", "op", "<0xE2>", "<0x82>", "<0xAC>", "tion"];
const tokenizer = {
  convertIdsToTokens: (id: number): string | null => tokens[id] ?? null,
  decode: (ids: readonly number[]): string => ids.map((id) => tokens[id] ?? "").join(""),
};
const stopsAt = async (strings: string[], row: string[]): Promise<boolean> => {
  const ids = row.map((token) => tokens.indexOf(token));
  return ((await stopStringCriterion(strings, tokenizer)([ids], undefined)) as boolean[])[0] as boolean;
};

describe("stop strings", () => {
  // The examples of the oracle's own documentation.
  it.each([[["st", "op"]], [["stop"]], [["st", "opera"]], [["sto", "pped"]], [["las", "topper"]], [["s", "to", "pped"]]])("end %j", async (row) => {
    expect(await stopsAt(["stop"], row)).toBe(true);
  });

  it.each([[["stop", "at"]], [["st", "op", "at"]], [["st", "opera", "tion"]], [["s", "at"]], [[]]])("do not end %j", async (row) => {
    expect(await stopsAt(["stop"], row)).toBe(false);
  });

  it("are found in bytes, over tokens, and in the names of special tokens", async () => {
    expect(await stopsAt(["€"], ["<0xE2>", "<0x82>"])).toBe(false);
    expect(await stopsAt(["x", "€"], ["<0xE2>", "<0x82>", "<0xAC>"])).toBe(true);
    expect(await stopsAt(["os>s"], ["<bos>", "s"])).toBe(true);
  });

  it("need a tokenizer, or what has one", () => {
    expect(tokenTextsOf({ tokenizer })).toBe(tokenizer);
    expect(tokenTextsOf(tokenizer)).toBe(tokenizer);
    expect(() => tokenTextsOf(undefined)).toThrow(InputError);
    expect(() => tokenTextsOf({ decode: 1 })).toThrow(/^stopStrings: /);
  });
});
