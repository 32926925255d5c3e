import { describe, expect, it } from "vitest";
import { oncePerFile, type ProgressEvent, readBytes, readJson, readText } from "../../../ts/hub/index.js";
import { noise } from "./server.ts";
import { expectLawful, failure, memorySource } from "./support.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const files = {
  "bytes.bin": noise(100),
  "empty.txt": utf8(""),
  "text.txt": utf8("héllo 👋"),
  "bom.json": utf8('\ufeff{"a":1}'),
  "bad.json": utf8("{"),
  "latin.txt": new Uint8Array([0x68, 0xe9]),
};

describe("reading whole files", () => {
  it("gives bytes, text, JSON", async () => {
    const source = memorySource(files);
    expect(await readBytes(source, "bytes.bin")).toEqual(new Uint8Array(files["bytes.bin"]));
    expect(await readBytes(source, "empty.txt")).toHaveLength(0);
    expect(await readText(source, "text.txt")).toBe("héllo 👋");
    expect(await readJson(source, "bom.json")).toEqual({ a: 1 });
  });

  it("gives null for an optional file that is absent, and LoadError otherwise", async () => {
    const source = memorySource(files);
    const events: ProgressEvent[] = [];
    const options = { optional: true, onProgress: (event: ProgressEvent) => events.push(event) } as const;
    expect(await readBytes(source, "x", options)).toBeNull();
    expect(await readText(source, "x", options)).toBeNull();
    expect(await readJson(source, "x", options)).toBeNull();
    expect(events).toEqual([]);
    expect((await failure(readJson(source, "x"))).message).toBe('there is no "x" in memory');
  });

  it("names the file that is not what it should be", async () => {
    const source = memorySource(files);
    expect((await failure(readJson(source, "bad.json"))).message).toMatch(/"bad\.json" of memory is not JSON/);
    expect((await failure(readText(source, "latin.txt"))).message).toMatch(/"latin\.txt" of memory is not UTF-8/);
    expect((await failure(readBytes(source, "bytes.bin", { maxBytes: 99 }))).message).toMatch(/"bytes\.bin" of memory has 100 bytes, more than the 99/);
    source.stat = () => Promise.resolve({ size: 2 ** 52 });
    expect((await failure(readBytes(source, "bytes.bin"))).message).toMatch(/more than/);
    source.stat = () => Promise.resolve({ size: 101 });
    expect((await failure(readBytes(source, "bytes.bin"))).message).toMatch(/100 bytes of "bytes\.bin" where bytes 0 to 101/);
  });

  it("tells of its progress by the laws", async () => {
    const events: ProgressEvent[] = [];
    const onProgress = (event: ProgressEvent): void => void events.push(event);
    await readBytes(memorySource(files), "bytes.bin", { onProgress });
    await readBytes(memorySource(files), "empty.txt", { onProgress });
    expectLawful(events, { "bytes.bin": 100, "empty.txt": 0 });
  });

  it("can be told of once though files are read twice", async () => {
    const events: ProgressEvent[] = [];
    const onProgress = oncePerFile((event) => events.push(event))!;
    const source = memorySource(files);
    await Promise.all([readBytes(source, "bytes.bin", { onProgress }), readBytes(source, "text.txt", { onProgress })]);
    await Promise.all([readBytes(source, "bytes.bin", { onProgress }), readBytes(source, "text.txt", { onProgress })]);
    onProgress({ status: "warning", file: "memory", message: "m" });
    onProgress({ status: "ready", file: "memory" });
    expectLawful(events, { "bytes.bin": 100, "text.txt": files["text.txt"].length });
    expect(events.slice(-2).map(({ status }) => status)).toEqual(["warning", "ready"]);
    expect(oncePerFile(undefined)).toBeUndefined();
  });

  it("ends with the reason of its signal", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    const reading = readBytes(memorySource(files, 1), "bytes.bin", { signal: stop.signal });
    setTimeout(() => stop.abort(reason), 10);
    await expect(reading).rejects.toBe(reason);
  });
});
