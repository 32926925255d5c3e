import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PART_BYTES } from "../../../ts/hub/cache.js";
import { Remote } from "../../../ts/hub/remote.js";
import { RemoteSource } from "../../../ts/hub/remote-source.js";
import { drain, FileServer, noise } from "./server.ts";
import { failure } from "./support.ts";

let server: FileServer;
beforeEach(async () => void (server = await FileServer.start()));
afterEach(() => server.stop());

const FILE = "/m/weights.bin";

function open(stallMs = 10_000): RemoteSource {
  const remote = new Remote({ name: "m", hub: false, delays: [1, 1, 1], stallMs, urlOf: (path) => new URL(`/m/${path}`, server.url) });
  return new RemoteSource({ name: "m", remote, cache: null, commit: "latest", pinned: false });
}

const read = async (source: RemoteSource, begin?: number, end?: number, signal?: AbortSignal): Promise<Buffer> =>
  drain(await source.read("weights.bin", { begin, end, signal }));

describe("a server with ranges", () => {
  it("gives size and ETag, whole files, and exactly the bytes asked for", async () => {
    const bytes = noise(PART_BYTES + 1000);
    server.files.set(FILE, bytes);
    const source = open();
    expect(await source.stat("weights.bin")).toEqual({ size: bytes.length, etag: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect((await read(source)).equals(bytes)).toBe(true);
    for (const [begin, end] of [[0, 1], [5, 5], [100, 200], [PART_BYTES - 1, PART_BYTES + 1], [bytes.length - 1, bytes.length]] as const) {
      expect((await read(source, begin, end)).equals(bytes.subarray(begin, end))).toBe(true);
    }
    expect(server.reads(FILE).map((seen) => seen.range)).toContain("bytes=100-199");
  });

  it("says null for a file that is not there, and LoadError for its bytes", async () => {
    const source = open();
    expect(await source.stat("weights.bin")).toBeNull();
    expect((await failure(read(source))).message).toContain('"weights.bin"');
  });

  it("knows an empty file", async () => {
    server.files.set(FILE, Buffer.alloc(0));
    expect(await open().stat("weights.bin")).toMatchObject({ size: 0 });
    expect(await read(open())).toHaveLength(0);
  });

  it("takes the page of a single-page application for an absent file", async () => {
    server.files.set(FILE, Buffer.from("<!doctype html>"));
    server.headers = () => ({ "content-type": "text/html; charset=utf-8" });
    expect(await open().stat("weights.bin")).toBeNull();
  });

  it("refuses a range outside the file", async () => {
    server.files.set(FILE, noise(10));
    await expect(read(open(), 5, 11)).rejects.toThrow(/inside "weights.bin", which has 10/);
    await expect(read(open(), -1, 5)).rejects.toThrow(/inside/);
  });

  it.each(["../secret", "/etc/passwd", "a/../../b", "a\\b", "C:/x", "", "a//b", "./a", "a\u0000b"])("refuses the path %j", async (path) => {
    await expect(open().stat(path)).rejects.toThrow(/plain relative path/);
    await expect(open().read(path)).rejects.toThrow(/plain relative path/);
    expect(server.seen).toHaveLength(0);
  });

  it("asks once for what is asked for twice at the same time", async () => {
    const bytes = noise(5000);
    server.files.set(FILE, bytes);
    const source = open();
    const results = await Promise.all([read(source), read(source), read(source)]);
    for (const result of results) expect(result.equals(bytes)).toBe(true);
    expect(server.seen).toHaveLength(2);
  });
});

describe("a server that ignores ranges", () => {
  it("is read through a single transfer, piece by piece in file order", async () => {
    const bytes = noise(100_000);
    server.files.set(FILE, bytes);
    server.fault = () => ({ ignoreRange: true });
    const source = open();
    const pieces = await Promise.all([0, 1, 2, 3].map((i) => read(source, i * 20_000, (i + 1) * 20_000)));
    expect(Buffer.concat(pieces).equals(bytes.subarray(0, 80_000))).toBe(true);
    expect((await read(source, 90_000, 100_000)).equals(bytes.subarray(90_000))).toBe(true);
    // The first one only asked for the size.
    expect(server.seen).toHaveLength(2);
    expect((await read(source, 10, 20)).equals(bytes.subarray(10, 20))).toBe(true);
    expect(server.seen).toHaveLength(3);
  });

  it("is read right when it stops honouring ranges halfway", async () => {
    const bytes = noise(10_000);
    server.files.set(FILE, bytes);
    server.fault = (_, count) => ({ ignoreRange: count > 0 });
    expect((await read(open(), 4000, 6000)).equals(bytes.subarray(4000, 6000))).toBe(true);
  });

  it("may leave out or compress away the length", async () => {
    const bytes = noise(3000);
    server.files.set(FILE, bytes);
    server.fault = () => ({ ignoreRange: true, chunked: true });
    expect(await open().stat("weights.bin")).toMatchObject({ size: 3000 });
    expect((await read(open(), 10, 3000)).equals(bytes.subarray(10))).toBe(true);

    server.files.set(FILE, gzipSync(bytes));
    server.fault = () => ({ ignoreRange: true, headers: { "content-encoding": "gzip" } });
    expect(await open().stat("weights.bin")).toMatchObject({ size: 3000 });
    expect((await read(open(), 10, 3000)).equals(bytes.subarray(10))).toBe(true);
  });

  it("does not hang when a reader in the middle leaves", async () => {
    const bytes = noise(100_000);
    server.files.set(FILE, bytes);
    server.fault = () => ({ ignoreRange: true });
    const source = open();
    await source.stat("weights.bin");
    const stop = new AbortController();
    const reads = [read(source, 0, 10), read(source, 10, 20, stop.signal), read(source, 20, 30)];
    stop.abort();
    const [first, second, third] = await Promise.allSettled(reads);
    expect(first).toMatchObject({ status: "fulfilled" });
    expect(second).toMatchObject({ status: "rejected", reason: { name: "AbortError" } });
    expect((third as PromiseFulfilledResult<Buffer>).value.equals(bytes.subarray(20, 30))).toBe(true);
  });
});

describe("a server that lies", () => {
  const cases: [string, (count: number) => object | undefined, RegExp, Record<string, unknown>][] = [
    ["416", () => ({ status: 416 }), /ends before the bytes asked for.*HTTP 416/, { status: 416 }],
    ["206 of other bytes", () => ({ contentRange: "bytes 1-100/1000" }), /other bytes.*bytes 1-100\/1000.*bytes 0-99.*HTTP 206/, { status: 206 }],
    ["206 of more bytes", () => ({ contentRange: "bytes 0-100/1000" }), /other bytes/, { status: 206 }],
    ["206 of another size", () => ({ contentRange: "bytes 0-99/2000" }), /changed while it was being read/, { changed: true }],
    ["206 without sense", () => ({ contentRange: "bytes 9-1/1000" }), /other bytes/, { status: 206 }],
    ["another ETag", () => ({ headers: { etag: '"other"' } }), /changed while it was being read/, { changed: true }],
    ["a body that is always short", () => ({ dropAfter: 10 }), /connection broke|ended at byte/, {}],
    ["404 after a size", () => ({ status: 404 }), /there is no "weights.bin" of m.*HTTP 404/, { status: 404 }],
  ];
  it.each(cases)("%s", async (_, fault, message, details) => {
    server.files.set(FILE, noise(1000));
    server.fault = (_path, count) => (count === 0 ? undefined : fault(count));
    const error = await failure(read(open(), 0, 100));
    expect(error.message).toMatch(message);
    expect(error.message).toContain('"weights.bin"');
    expect(error.details).toMatchObject({ file: "weights.bin", ...details });
  });

  it("about nothing but weak ETags is believed", async () => {
    server.files.set(FILE, noise(1000));
    server.fault = (_, count) => ({ headers: { etag: `W/"${count}"` } });
    expect(await read(open(), 0, 100)).toHaveLength(100);
  });

  it("about a size that nobody could hold gets no memory", async () => {
    server.files.set(FILE, noise(1000));
    server.fault = () => ({ contentRange: `bytes 0-0/${2 ** 50}` });
    const source = open();
    expect(await source.stat("weights.bin")).toMatchObject({ size: 2 ** 50 });
    const error = await failure(read(source, 2 ** 49));
    expect(error.message).toMatch(/HTTP 416/);
  });
});

describe("a bad connection", () => {
  it("is taken up where it broke", async () => {
    const bytes = noise(300_000);
    server.files.set(FILE, bytes);
    server.fault = (_, count) => (count === 0 ? undefined : { dropAfter: 100_000 });
    expect((await read(open())).equals(bytes)).toBe(true);
    const begins = server.reads(FILE).map((seen) => Number(/=(\d+)-299999$/.exec(seen.range!)![1]));
    expect(begins[0]).toBe(0);
    expect(begins.length).toBeGreaterThanOrEqual(3);
    // Each goes on after at most what the last one sent.
    for (const [i, begin] of begins.entries()) if (i > 0) expect(begin).toBeGreaterThan(begins[i - 1]!);
  });

  it("that brings nothing any more is given up and taken up anew", async () => {
    const bytes = noise(300_000);
    server.files.set(FILE, bytes);
    server.fault = (_, count) => (count === 1 ? { stallAfter: 100_000 } : undefined);
    expect((await read(open(200))).equals(bytes)).toBe(true);
    expect(server.reads(FILE)).toHaveLength(2);
    expect(server.reads(FILE)[1]!.range).not.toBe("bytes=0-299999");
    server.fault = (_, count) => (count === 0 ? undefined : { stallAfter: 0 });
    expect((await failure(read(open(50)))).message).toMatch(/connection broke/);
  });

  it("is tried again a few times after a failure of the server, not after a refusal", async () => {
    server.files.set(FILE, noise(10));
    server.fault = (_, count) => (count < 3 ? { status: 503 } : undefined);
    expect(await read(open())).toHaveLength(10);

    for (const [status, requests] of [[500, 4], [429, 4], [403, 1], [400, 1]] as const) {
      server.seen.length = 0;
      server.fault = () => ({ status });
      const error = await failure(open().stat("weights.bin"));
      expect(error.details).toMatchObject({ status, file: "weights.bin" });
      expect(server.seen).toHaveLength(requests);
    }
  });

  it("waits as long as the server asks", async () => {
    server.files.set(FILE, noise(10));
    server.fault = (_, count) => (count === 0 ? { status: 429, headers: { "retry-after": "1" } } : undefined);
    const begin = performance.now();
    await open().stat("weights.bin");
    expect(performance.now() - begin).toBeGreaterThan(950);
  });

  it("that is none is said to be so", async () => {
    server.fault = () => ({ refuse: true });
    const error = await failure(open().stat("weights.bin"));
    expect(error.message).toMatch(/cannot reach 127\.0\.0\.1.*"weights.bin".*network/);
    expect(error.details).toMatchObject({ offline: true });
  });
});

describe("abort", () => {
  it("ends a stalled read with the signal's reason and closes the connection", async () => {
    server.files.set(FILE, noise(100_000));
    server.fault = (_, count) => (count === 0 ? undefined : { stallAfter: 50_000 });
    const stop = new AbortController();
    const reading = read(open(), 0, 100_000, stop.signal);
    while (server.reads(FILE).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    await expect(reading).rejects.toMatchObject({ name: "AbortError" });
    await expect.poll(() => server.reads(FILE)[0]!.aborted).toBe(true);
  });

  it("keeps the caller's own reason, also while waiting for the next attempt", async () => {
    server.fault = () => ({ status: 503, headers: { "retry-after": "30" } });
    const reason = new Error("changed my mind");
    await expect(open().stat("weights.bin", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const stop = new AbortController();
    const asking = open().stat("weights.bin", { signal: stop.signal });
    setTimeout(() => stop.abort(reason), 30);
    await expect(asking).rejects.toBe(reason);
  });

  it("of one reader leaves another's in peace", async () => {
    const bytes = noise(1000);
    server.files.set(FILE, bytes);
    const source = open();
    await source.stat("weights.bin");
    const stop = new AbortController();
    const [left, stayed] = [read(source, 0, 1000, stop.signal), read(source)];
    stop.abort();
    await expect(left).rejects.toMatchObject({ name: "AbortError" });
    expect((await stayed).equals(bytes)).toBe(true);
  });

  it("by cancelling the stream closes the connection", async () => {
    server.files.set(FILE, noise(100_000));
    server.fault = (_, count) => (count === 0 ? undefined : { stallAfter: 50_000 });
    const reader = (await open().read("weights.bin")).getReader();
    const pending = reader.read();
    await expect.poll(() => server.reads(FILE).length).toBe(1);
    await reader.cancel();
    expect((await pending).done).toBe(true);
    await expect.poll(() => server.reads(FILE)[0]!.aborted).toBe(true);
  });
});
