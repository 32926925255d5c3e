import { describe, expect, it } from "vitest";
import { InputError } from "../../../ts/errors.js";
import { checkOptions, describe as kindOf, pickOptions } from "../../../ts/options.js";

describe("checkOptions", () => {
  const allowed = ["maxNewTokens", "signal", "do"];

  it("lets known options pass, absent ones and undefined ones", () => {
    checkOptions("generate", undefined, allowed);
    checkOptions("generate", { signal: null, other: undefined }, allowed);
  });

  it.each<[unknown, RegExp]>([
    [{ temperature: 1 }, /^generate: unknown option "temperature"; known options: maxNewTokens, signal, do$/],
    [{ max_new_tokens: 1 }, /"max_new_tokens"; did you mean "maxNewTokens"\?/],
    [{ maxNewToken: 1 }, /did you mean "maxNewTokens"/],
    [{ signals: 1 }, /did you mean "signal"/],
    [{ to: 1 }, /known options/],
    [null, /must be an object, not null/],
    [[], /not array/],
    ["x", /not string/],
  ])("refuses %j", (options, message) => {
    expect(() => checkOptions("generate", options, allowed)).toThrow(InputError);
    expect(() => checkOptions("generate", options, allowed)).toThrow(message);
  });

  it("names the option for programs", () => {
    let caught: unknown;
    try {
      checkOptions("generate", { x: 1 }, allowed);
    } catch (error) {
      caught = error;
    }
    expect((caught as InputError).details).toEqual({ where: "generate", option: "x" });
  });
});

it("picks options that are there", () => {
  expect(pickOptions({ a: 1, b: undefined, c: 3 }, ["a", "b"])).toEqual({ a: 1 });
});

it("names kinds of values", () => {
  const values = [null, [], {}, "x", 1, new Uint8Array(), new Blob(), Object.create(null), undefined];
  expect(values.map(kindOf)).toEqual(["null", "array", "object", "string", "number", "Uint8Array", "Blob", "object", "undefined"]);
});
