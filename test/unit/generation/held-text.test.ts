import { describe, expect, it } from "vitest";
import { HeldText } from "../../../ts/generation/held-text.js";

/** Every way to cut a text in pieces. */
function* cuts(text: string): Generator<string[]> {
  for (let bits = 0; bits < 2 ** (text.length - 1); bits++) {
    const pieces = [text[0] as string];
    for (let at = 1; at < text.length; at++) {
      if ((bits >> (at - 1)) & 1) pieces.push(text[at] as string);
      else pieces[pieces.length - 1] += text[at] as string;
    }
    yield pieces;
  }
}

describe("text that is held back", () => {
  it.each([
    ["abcstopdef", ["stop"], "abc"],
    ["aststopst", ["stop"], "ast"],
    ["abcsto", ["stop"], "abcsto"],
    ["aaab", ["aab"], "a"],
    ["xabcy", ["abc", "b"], "xa"],
    ["plain", [], "plain"],
  ] as const)("lets %j through up to %j, however it is cut", (text, stops, wanted) => {
    for (const pieces of cuts(text)) {
      const held = new HeldText(stops);
      const said = pieces.map((piece) => held.push(piece));
      const whole = said.join("") + held.end();
      // "ab" alone is no stop string, so the earlier one of "abc" and "b" depends on what has come.
      if (stops.length < 2) expect(whole, pieces.join("|")).toBe(wanted);
      for (const stop of stops) expect(whole).not.toContain(stop);
    }
  });

  it("gives at once what can be no part of a stop string", () => {
    const held = new HeldText(["\n\n"]);
    expect([held.push("one\n"), held.push("two"), held.push("\n\nthree"), held.push("four")]).toEqual(["one", "\ntwo", "", ""]);
    expect([held.end(), held.push("again")]).toEqual(["", "again"]);
  });
});
