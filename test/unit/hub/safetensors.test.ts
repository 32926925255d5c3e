import { describe, expect, it } from "vitest";
import { findWeightFiles, readSafetensorsHead } from "../../../ts/hub/index.js";
import { failure, memorySource } from "./support.ts";

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe("findWeightFiles", () => {
  it("prefers the single file, as the official loader does", async () => {
    const index = json({ weight_map: { t: "model-00001-of-00001.safetensors" } });
    expect(await findWeightFiles(memorySource({ "model.safetensors": json({}), "model.safetensors.index.json": index }))).toEqual(["model.safetensors"]);
  });

  it("gives the shards of an index once and sorted", async () => {
    const index = json({ metadata: { total_size: 3 }, weight_map: { a: "m-2.safetensors", b: "m-1.safetensors", c: "m-2.safetensors", d: "sub/m-3.safetensors" } });
    expect(await findWeightFiles(memorySource({ "model.safetensors.index.json": index }))).toEqual(["m-1.safetensors", "m-2.safetensors", "sub/m-3.safetensors"]);
  });

  it("says what it looked for", async () => {
    expect((await failure(findWeightFiles(memorySource({})))).message).toMatch(/neither "model\.safetensors" nor "model\.safetensors\.index\.json" in memory/);
  });

  it.each([
    ["no map", {}, /weight_map/],
    ["null", null, /weight_map/],
    ["a list", { weight_map: ["a.safetensors"] }, /weight_map/],
    ["no file", { weight_map: {} }, /names no file/],
    ["a number", { weight_map: { t: 1 } }, /"t" is said to be in 1/],
    ["a parent", { weight_map: { t: "../other/model.safetensors" } }, /"t".*other/],
    ["a parent in between", { weight_map: { t: "a/../../model.safetensors" } }, /"t"/],
    ["an absolute path", { weight_map: { t: "/etc/x.safetensors" } }, /"t"/],
    ["a drive", { weight_map: { t: "C:x.safetensors" } }, /"t"/],
    ["a backslash", { weight_map: { t: "..\\x.safetensors" } }, /"t"/],
    ["a URL", { weight_map: { t: "https://example.org/x.safetensors" } }, /"t"/],
    ["another kind of file", { weight_map: { t: "pytorch_model.bin" } }, /"t"/],
  ])("refuses an index with %s", async (_, index, message) => {
    const error = await failure(findWeightFiles(memorySource({ "model.safetensors.index.json": json(index) })));
    expect(error.message).toMatch(message as RegExp);
    expect(error.details).toMatchObject({ file: "model.safetensors.index.json" });
  });
});

describe("readSafetensorsHead", () => {
  const file = (length: bigint, rest: string, padding = 0): Uint8Array => {
    const bytes = new Uint8Array(8 + rest.length + padding);
    new DataView(bytes.buffer).setBigUint64(0, length, true);
    bytes.set(new TextEncoder().encode(rest), 8);
    return bytes;
  };

  it("gives length, header and size, and reads no more", async () => {
    const whole = file(13n, '{"t":{"a":1}}', 50);
    const source = memorySource({ m: whole });
    expect(await readSafetensorsHead(source, "m")).toEqual({ head: whole.slice(0, 21), size: 71 });
    expect(source.reads).toEqual(["m 0-8", "m 0-21"]);
  });

  it.each([
    ["over the limit", file(100_000_001n, "{}"), /100000001 bytes long, over the limit/],
    ["as large as can be", file(2n ** 64n - 1n, "{}"), /18446744073709551615 bytes long, over the limit/],
    ["longer than the file", file(3n, "{}"), /3 bytes long, but the file has only 10/],
    ["of nothing", file(0n, "{}"), /0 bytes long/],
    ["of no object", file(2n, "[]"), /not a JSON object/],
    ["of a file that is too short", new Uint8Array(9), /only 9 bytes/],
  ])("refuses a header %s, before memory is taken", async (_, bytes, message) => {
    const source = memorySource({ "x/m.safetensors": bytes });
    const error = await failure(readSafetensorsHead(source, "x/m.safetensors"));
    expect(error.message).toMatch(message);
    expect(error.message).toContain('"x/m.safetensors"');
    expect(source.reads.every((read) => read.endsWith("0-8") || read.endsWith("0-10"))).toBe(true);
  });

  it("refuses a file that is not there", async () => {
    expect((await failure(readSafetensorsHead(memorySource({}), "m"))).message).toBe('there is no "m" in memory');
  });
});
