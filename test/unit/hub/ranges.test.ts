import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ByteRange, type ProgressEvent, streamRanges } from "../../../ts/hub/index.js";
import { noise } from "./server.ts";
import { expectLawful, memorySource } from "./support.ts";

const files = { a: noise(100, 1), "deep/b": noise(64, 2) };

/** Joins what belongs to each range, checking order and that no chunk crosses the end of its range. */
async function collect(source: ReturnType<typeof memorySource>, ranges: readonly ByteRange[], options = {}): Promise<Buffer[]> {
  const wanted = ranges.filter(({ begin, end }) => end > begin);
  const got: Buffer[] = ranges.map(() => Buffer.alloc(0));
  let at = 0;
  let position = wanted[0]?.begin ?? 0;
  for await (const { path, offset, bytes } of streamRanges(source, ranges, options)) {
    const range = wanted[at]!;
    expect([path, offset]).toEqual([range.path, position]);
    expect(bytes.length).toBeGreaterThan(0);
    position += bytes.length;
    expect(position).toBeLessThanOrEqual(range.end);
    const index = ranges.indexOf(range);
    got[index] = Buffer.concat([got[index]!, bytes]);
    if (position < range.end) continue;
    at++;
    position = wanted[at]?.begin ?? 0;
  }
  expect(at).toBe(wanted.length);
  return got;
}

const range = (path: keyof typeof files, begin: number, end: number): ByteRange => ({ path, begin, end });

describe("streamRanges", () => {
  it("gives any ranges of any files, however they are cut", async () => {
    const anyRange = fc.constantFrom<keyof typeof files>("a", "deep/b").chain((path) =>
      fc.tuple(fc.nat(files[path].length), fc.nat(files[path].length)).map(([x, y]) => range(path, Math.min(x, y), Math.max(x, y))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anyRange, { maxLength: 8 }), fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 5 }), async (ranges, chunkBytes, concurrency) => {
        const got = await collect(memorySource(files, 50), ranges, { chunkBytes, concurrency });
        for (const [i, { path, begin, end }] of ranges.entries()) expect(got[i]!.equals(files[path as "a"].subarray(begin, end))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("asks once for neighbours, and cuts requests where parts of a cache end", async () => {
    const source = memorySource(files);
    await collect(source, [range("a", 5, 10), range("a", 10, 12), range("a", 12, 40), range("a", 50, 51), range("deep/b", 51, 52)], { chunkBytes: 16 });
    expect(source.reads).toEqual(["a 5-16", "a 16-32", "a 32-40", "a 50-51", "deep/b 51-52"]);
  });

  it("has as many requests in flight as asked for, and no more ahead of its reader", async () => {
    for (const concurrency of [1, 3]) {
      const source = memorySource(files);
      const stream = streamRanges(source, [range("a", 0, 100)], { chunkBytes: 10, concurrency });
      await stream.next();
      await new Promise((resolve) => setTimeout(resolve, 50));
      // One is held out to the reader; the others wait for it.
      expect(source.reads).toHaveLength(concurrency + 1);
      expect(source.most).toBe(concurrency);
      for await (const _ of stream);
      expect(source.reads).toHaveLength(10);
      expect(source.most).toBe(concurrency);
      expect(source.inFlight).toBe(0);
    }
  });

  it("tells of each file once, with the sum of its ranges as total", async () => {
    const events: ProgressEvent[] = [];
    await collect(memorySource(files), [range("a", 0, 30), range("deep/b", 0, 64), range("a", 40, 60), range("a", 7, 7)], { chunkBytes: 8, onProgress: (event: ProgressEvent) => events.push(event) });
    expectLawful(events, { a: 50, "deep/b": 64 });
  });

  it("ends its requests when the reader leaves or aborts", async () => {
    const source = memorySource(files, 1);
    for await (const _ of streamRanges(source, [range("a", 0, 100)], { chunkBytes: 10 })) break;
    await expect.poll(() => source.inFlight).toBe(0);

    const stop = new AbortController();
    const reason = new Error("enough");
    const stream = streamRanges(source, [range("a", 0, 100)], { chunkBytes: 10, signal: stop.signal });
    await stream.next();
    stop.abort(reason);
    await expect(stream.next()).rejects.toBe(reason);
    await expect.poll(() => source.inFlight).toBe(0);
    await expect(streamRanges(source, [], { signal: stop.signal }).next()).rejects.toBe(reason);
  });

  it("fails with the source's error, and with its own for a source that gives too little or too much", async () => {
    const source = memorySource(files);
    source.read = () => Promise.reject(new Error("gone"));
    await expect(collect(source, [range("a", 0, 100)], { chunkBytes: 10 })).rejects.toThrow("gone");
    for (const [length, message] of [[4, /gave 4 bytes of "a"/], [11, /gave more than 10 bytes of "a"/]] as const) {
      source.read = () => Promise.resolve(new Blob([new Uint8Array(length)]).stream());
      await expect(collect(source, [range("a", 0, 10)])).rejects.toMatchObject({ code: "LoadError", message: expect.stringMatching(message) });
    }
  });

  it("refuses options and ranges without sense", async () => {
    const source = memorySource(files);
    for (const options of [{ concurrency: 0 }, { chunkBytes: 1.5 }, { chunkBytes: NaN }]) {
      await expect(collect(source, [range("a", 0, 1)], options)).rejects.toMatchObject({ code: "InputError", message: expect.stringContaining(Object.keys(options)[0]!) });
    }
    for (const [begin, end] of [[2, 1], [-1, 3], [0, 1.5]] as const) await expect(collect(source, [range("a", begin, end)])).rejects.toThrow(/not a range of bytes of "a"/);
  });
});
