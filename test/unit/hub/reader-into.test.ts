import { describe, expect, it } from "vitest";
import { readRange } from "../../../ts/hub/read.js";
import type { ModelSource } from "../../../ts/hub/index.js";
import { noise } from "./server.ts";

const whole = noise(1000, 3);

/** A source whose streams give `count` bytes, a few at a time. */
function giving(count: number, type: "bytes" | undefined): ModelSource {
  return {
    name: "memory",
    stat: async () => ({ size: whole.length }),
    read: async (_path, { begin = 0 } = {}) => {
      let at = begin;
      const next = (most: number): Uint8Array<ArrayBuffer> => {
        const bytes = new Uint8Array(whole.subarray(at, Math.min(at + Math.min(most, 7), begin + count)));
        at += bytes.length;
        return bytes;
      };
      if (type === undefined) {
        return new ReadableStream<Uint8Array>({
          pull(controller) {
            const bytes = next(7);
            if (bytes.length === 0) controller.close();
            else controller.enqueue(bytes);
          },
        });
      }
      return new ReadableStream({
        type,
        autoAllocateChunkSize: 16,
        pull(controller) {
          const view = controller.byobRequest!.view as Uint8Array;
          const bytes = next(view.length);
          if (bytes.length === 0) controller.close();
          view.set(bytes);
          controller.byobRequest!.respond(bytes.length);
        },
      });
    },
  };
}

describe.each([
  ["a stream of pieces", undefined],
  ["a stream of bytes", "bytes"],
] as const)("%s", (_name, type) => {
  it("is read into the memory given, which may be larger", async () => {
    const counts: number[] = [];
    const bytes = await readRange(giving(100, type), "w", 20, 120, undefined, (count) => counts.push(count), new ArrayBuffer(128));
    expect(Buffer.from(bytes).equals(whole.subarray(20, 120))).toBe(true);
    expect(bytes.buffer.byteLength).toBe(128);
    expect(counts.reduce((sum, count) => sum + count)).toBe(100);
  });

  it("may not give fewer or more bytes than were asked for", async () => {
    await expect(readRange(giving(99, type), "w", 20, 120)).rejects.toThrow('memory gave 99 bytes of "w" where bytes 20 to 120 were asked for');
    await expect(readRange(giving(101, type), "w", 20, 120)).rejects.toThrow('memory gave more than 100 bytes of "w"');
  });
});
