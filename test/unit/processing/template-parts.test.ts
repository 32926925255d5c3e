import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../../ts/errors.js";
import { normalizePictureParts, picturesOf } from "../../../ts/processing/chat-pictures.js";
import { ChatTemplate } from "../../../ts/processing/chat-template.js";
import { ChatTemplates } from "../../../ts/processing/chat-templates.js";
import { disguiseWhitespace, pythonStrip } from "../../../ts/processing/python-whitespace.js";
import { strftime } from "../../../ts/processing/strftime.js";
import { toPlainData } from "../../../ts/processing/template-data.js";

describe("strftime", () => {
  const FORMAT = "%a %A %b %B %c %d %D %e %f %F %H %I %j %m %M %p %R %S %T %u %U %w %W %x %X %y %Y %% %-d %-m %h %Q %z.";

  // What Python's datetime(...).strftime(FORMAT) gives in the C locale.
  it.each([
    [new Date(2024, 1, 29, 0, 5, 9, 123), "Thu Thursday Feb February Thu Feb 29 00:05:09 2024 29 02/29/24 29 123000 2024-02-29 00 12 060 02 05 AM 00:05 09 00:05:09 4 08 4 09 02/29/24 00:05:09 24 2024 % 29 2 Feb %Q ."],
    [new Date(2021, 0, 3, 12), "Sun Sunday Jan January Sun Jan  3 12:00:00 2021 03 01/03/21  3 000000 2021-01-03 12 12 003 01 00 PM 12:00 00 12:00:00 7 01 0 00 01/03/21 12:00:00 21 2021 % 3 1 Jan %Q ."],
    [new Date(1999, 11, 31, 23, 59, 59, 999), "Fri Friday Dec December Fri Dec 31 23:59:59 1999 31 12/31/99 31 999000 1999-12-31 23 11 365 12 59 PM 23:59 59 23:59:59 5 52 5 52 12/31/99 23:59:59 99 1999 % 31 12 Dec %Q ."],
    [new Date(2026, 10, 4, 7, 8), "Wed Wednesday Nov November Wed Nov  4 07:08:00 2026 04 11/04/26  4 000000 2026-11-04 07 07 308 11 08 AM 07:08 00 07:08:00 3 44 3 44 11/04/26 07:08:00 26 2026 % 4 11 Nov %Q ."],
  ])("%s", (date, expected) => {
    expect(strftime(date, FORMAT)).toBe(expected);
  });

  it("is what templates get", () => {
    expect(new ChatTemplate("{{ strftime_now('%Y-%m') }}").render({}).text).toBe(strftime(new Date(), "%Y-%m"));
  });
});

describe("whitespace as Python has it", () => {
  const tricky = fc.array(fc.constantFrom(..." \n\x1c\x1d\x1e\x1f\x85\u1680\ufeff\u2003ab\ufdd0"), { maxLength: 12 }).map((list) => list.join(""));

  it("strips what Python strips", () => {
    expect(pythonStrip("\x1c\x85 \u3000a\ufeff\x1f")).toBe("a\ufeff");
  });

  it("takes its time once, however long a run of spaces is", () => {
    const text = `a${" ".repeat(300_000)}b`;
    const start = performance.now();
    expect(pythonStrip(text)).toBe(text);
    // Quadratic time would be minutes.
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it("trims in disguise what Python would, and comes back whole", () => {
    fc.assert(
      fc.property(tricky, (text) => {
        const { hide, reveal } = disguiseWhitespace([text]);
        expect(reveal(hide(text))).toBe(text);
        expect(reveal(hide(text).trim())).toBe(pythonStrip(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("reaches the trim filter of templates", () => {
    fc.assert(
      fc.property(tricky, (text) => {
        expect(new ChatTemplate("[{{ x | trim }}]").render({ x: text }).text).toBe(`[${pythonStrip(text)}]`);
      }),
    );
  });
});

describe("what templates see", () => {
  it("is JSON's kinds, with placeholders for other things", () => {
    const value = { a: [1, "x", null, true], b: new Uint8Array(2), c: undefined, d: { e: new URL("http://a.b/") }, f: () => 1 };
    expect(toPlainData(value)).toEqual({ a: [1, "x", null, true], b: "<Uint8Array>", d: { e: "<URL>" }, f: "<function>" });
  });

  it("has an end", () => {
    const endless: Record<string, unknown> = {};
    endless["self"] = endless;
    expect(() => toPlainData(endless)).toThrow(InputError);
  });

  it("can't replace what the engine itself has", () => {
    expect(() => new ChatTemplate("x").render({ namespace: 1 })).toThrow(InputError);
  });

  it("has no way out to what objects inherit", () => {
    expect(new ChatTemplate("[{{ x.constructor }}{{ x.__proto__ }}{{ x['toString'] }}]").render({ x: {} }).text).toBe("[]");
  });

  it.each([
    ["{% if %}", /chat template/],
    ["{{ raise_exception('Only users may speak') }}", /^chat template: Only users may speak$/],
    ["{{ nothing() }}", /chat template/],
  ])("refuses %s with an InputError", (source, message) => {
    const render = () => new ChatTemplate(source).render({});
    expect(render).toThrow(InputError);
    expect(render).toThrow(message);
  });
});

describe("ChatTemplates", () => {
  it("takes the default, the named and the one for tools", () => {
    const templates = new ChatTemplates({ default: "d", tool_use: "t", other: "o" });
    expect(templates.resolve(undefined, false).source).toBe("d");
    expect(templates.resolve(undefined, true).source).toBe("t");
    expect(templates.resolve("other", true).source).toBe("o");
    expect(templates.resolve("{{ x }}", false).source).toBe("{{ x }}");
  });

  it("says what is missing", () => {
    expect(() => new ChatTemplates(null).resolve(undefined, false)).toThrow(/no chat template/);
    expect(() => new ChatTemplates({ a: "x", b: "y" }).resolve(undefined, false)).toThrow(/a, b/);
  });
});

describe("pictures in messages", () => {
  it("come in order, from every place they may stand", () => {
    const url = new URL("http://a.b/c.png");
    const chat = [
      { role: "user", content: "text" },
      { role: "user", content: [{ type: "video" }, { type: "audio" }] },
      { role: "user", content: [{ type: "image", url }, { type: "text", text: "x" }, { type: "image", path: "p.png" }] },
      { role: "user", content: [{ type: "image" }, { type: "image", base64: "data:image/png;base64,AQID" }, { type: "image_url", image_url: { url: "u" } }] },
    ];
    expect(picturesOf(chat.map(normalizePictureParts))).toEqual([url, "p.png", Uint8Array.of(1, 2, 3), "u"]);
  });

  it.each([
    [[{ type: "audio", url: "x" }], /content\[0\]: this model takes text and pictures, no audio/],
    [[{ type: "text", text: "x" }, { type: "video", path: "v.mp4" }], /content\[1\].* no video/],
    [["x"], /content\[0\] must be an object with a type, not string/],
    [[{ text: "x" }], /must be an object with a type/],
    [[{ type: "image", base64: "%%%" }], /base64/],
  ])("refuses %j", (content, message) => {
    expect(() => picturesOf([{ role: "user", content: content as never }])).toThrow(InputError);
    expect(() => picturesOf([{ role: "user", content: content as never }])).toThrow(message);
  });
});
