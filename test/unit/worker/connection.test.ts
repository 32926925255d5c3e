import { describe, expect, it } from "vitest";
import { DeviceError, InputError, LoadError } from "../../../ts/errors.js";
import { Tensor } from "../../../ts/processing/tensor.js";
import { Connection } from "../../../ts/worker/connection.js";
import type { Shape } from "../../../ts/worker/messages.js";

class Counter {
  count = 0;
  add(by: number): number {
    return (this.count += by);
  }
  twin(): Counter {
    const twin = new Counter();
    twin.count = this.count;
    return twin;
  }
  same(): this {
    return this;
  }
}

const COUNTER: Shape = { kind: "Counter", values: ["count"], changing: ["count"], calls: ["add", "twin", "same"] };

/** Two connected sides in one thread; messages are cloned, and memory moves, as between threads. */
function connect(offer: object): Connection {
  const send = (to: () => Connection) => (message: unknown, transfer: ArrayBuffer[]) => {
    const copy = structuredClone(message, { transfer });
    queueMicrotask(() => to().take(copy as never));
  };
  const page: Connection = new Connection({ post: send(() => host), shapeOf: () => undefined, movesResults: false });
  const host: Connection = new Connection({
    post: send(() => page),
    shapeOf: (value) => (value instanceof Counter ? COUNTER : undefined),
    movesResults: true,
  });
  host.offer(0, offer);
  return page;
}

const echo = connect({ echo: (value: unknown) => value });
const back = (value: unknown) => echo.call(0, "echo", [{ value }]).then((answer) => (answer as { value: unknown }).value);

describe("a connection", () => {
  it("carries values of all kinds", async () => {
    const picture = new Blob(["abc"]);
    const values = [1, "a", null, undefined, 2n, [1, [2]], { a: { b: new Uint8Array([1, 2]) } }, new Map([[1, 2]]), /a/g, new URL("http://a.example/b?c#d"), picture];
    for (const value of values) expect(await back(value)).toEqual(value);
    const tensor = new Tensor("float32", [1, 2, 3, 4], [2, 2]);
    const copy = (await back(tensor)) as Tensor;
    expect([copy instanceof Tensor, copy.dims, copy.tolist()]).toEqual([true, [2, 2], [[1, 2], [3, 4]]]);
    // What was handed in is still there.
    expect(tensor.tolist()).toEqual([[1, 2], [3, 4]]);
  });

  it("sends of a view what it shows and no more", async () => {
    const memory = new Float32Array(1000);
    memory.set([5, 6], 500);
    const got = (await back(memory.subarray(500, 502))) as Float32Array;
    expect([[...got], got.buffer.byteLength, memory.length]).toEqual([[5, 6], 8, 1000]);
  });

  it("moves the numbers of results", async () => {
    const numbers = new Float32Array([1, 2, 3]);
    const page = connect({ get: () => numbers });
    expect([...((await page.call(0, "get", [])) as Float32Array)]).toEqual([1, 2, 3]);
    expect(numbers.length).toBe(0);
  });

  it("keeps objects where they are, the same ones the same, with their values as of the last answer", async () => {
    const page = connect({ make: () => new Counter(), read: ({ counter }: { counter: Counter }) => counter.add(10) });
    const counter = (await page.call(0, "make", [])) as { count: number; add(by: number): Promise<number>; twin(): Promise<Counter>; same(): Promise<unknown> };
    expect(counter.count).toBe(0);
    expect(await counter.add(2)).toBe(2);
    expect(counter.count).toBe(2);
    expect(await counter.same()).toBe(counter);
    const twin = await counter.twin();
    await twin.add(5);
    expect([counter.count, twin.count]).toEqual([2, 7]);
    expect(await page.call(0, "read", [{ counter }])).toBe(12);
    expect(counter.count).toBe(12);
  });

  it("lets functions be called from the other side, and waits for them", async () => {
    const page = connect({ twice: async (fn: (value: number) => Promise<number>) => (await fn(1)) + (await fn(2)) });
    expect(await page.call(0, "twice", [async (value: number) => value * 10])).toBe(30);
  });

  it("lets a function's failure be where nobody waits for it", async () => {
    const page = connect({ tell: (fn: () => void) => (fn(), "told") });
    let told = false;
    const fail = (): never => {
      told = true;
      throw new Error("mine");
    };
    expect(await page.call(0, "tell", [fail])).toBe("told");
    expect(told).toBe(true);
    // An unhandled rejection would end this test run.
    await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it("rebuilds errors with class, code, details and cause, and gives an error back to whom it is", async () => {
    const wrong = new LoadError("no file", { details: { file: "a", sizes: [1] }, cause: new InputError("inner") });
    const page = connect({
      fail: () => Promise.reject(wrong),
      odd: () => Promise.reject(new RangeError("odd")),
      word: () => Promise.reject("word"),
      pass: (fn: () => Promise<unknown>) => fn(),
    });
    const error = (await page.call(0, "fail", []).catch((caught: unknown) => caught)) as LoadError;
    expect([error instanceof LoadError, error.code, error.message, error.details]).toEqual([true, "LoadError", "no file", { file: "a", sizes: [1] }]);
    expect(error.cause).toMatchObject({ code: "InputError", message: "inner" });
    await expect(page.call(0, "odd", [])).rejects.toMatchObject({ name: "RangeError", message: "odd" });
    await expect(page.call(0, "word", [])).rejects.toBe("word");
    for (const mine of [new Error("mine"), { not: "an error" }]) {
      await expect(page.call(0, "pass", [() => Promise.reject(mine)])).rejects.toBe(mine);
    }
  });

  it("tells signals, with their reason", async () => {
    const page = connect({
      wait: (signal: AbortSignal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      check: (signal: AbortSignal) => signal.throwIfAborted(),
    });
    const abort = new AbortController();
    const waiting = page.call(0, "wait", [abort.signal]);
    const reason = new Error("mine");
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(page.call(0, "check", [abort.signal])).rejects.toBe(reason);
    await expect(page.call(0, "check", [AbortSignal.abort()])).rejects.toMatchObject({ name: "AbortError" });
  });

  it("hands streams on, chunk by chunk, and a reader's leave", async () => {
    let cancelled = false;
    let pulled = 0;
    const make = () => new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array([pulled++])), cancel: () => void (cancelled = true) }, { highWaterMark: 0 });
    const page = connect({
      first: async (fn: () => Promise<ReadableStream<Uint8Array>>) => {
        const reader = (await fn()).getReader();
        const chunks = [await reader.read(), await reader.read()].map(({ value }) => [...value!]);
        await reader.cancel();
        return chunks;
      },
      text: async (fetch: typeof globalThis.fetch) => {
        const response = await fetch("http://a.example");
        return [response.status, response.url, response.headers.get("x-a"), await response.text()];
      },
    });
    expect([await page.call(0, "first", [make]), pulled, cancelled]).toEqual([[[0], [1]], 2, true]);
    expect(await page.call(0, "text", [() => new Response("body", { status: 203, headers: { "x-a": "b" } })])).toEqual([203, "", "b", "body"]);
  });

  it("names what can't be sent", async () => {
    class Own {
      value = 1;
    }
    for (const value of [new Own(), Symbol("a"), new WeakMap()]) {
      await expect(echo.call(0, "echo", [{ inputs: [value] }])).rejects.toMatchObject({ code: "InputError", message: expect.stringMatching(/^inputs\[0\]: |can't be sent/) });
    }
    await expect(echo.call(0, "nothing", [])).rejects.toThrow();
  });

  it("rejects everything when it ends", async () => {
    const page = connect({ wait: () => new Promise(() => undefined) });
    const pending = [page.call(0, "wait", []), page.call(0, "wait", [])];
    const end = new DeviceError("the worker ended");
    page.end(end);
    for (const each of pending) await expect(each).rejects.toBe(end);
    await expect(page.call(0, "wait", [])).rejects.toBe(end);
  });
});
