import * as home from "t5gemma2";
import { AutoProcessor, AutoTokenizer, type CacheStore, createWorker, type GenerateOptions, T5Gemma2ForConditionalGeneration, T5Gemma2ForSequenceClassification, TextStreamer, type Tokenizer } from "t5gemma2/worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fixtureSource, readFixture, runtime } from "../support/files.ts";

const SOURCE = fixtureSource("test/fixtures/checkpoints/generation");
const WASM = { device: "wasm", dtype: "f32", cache: false } as const;
const inputIds = [[2, 17, 40, 9, 33, 5, 101, 64], [2, 3, 4, 5, 6, 7, 8, 9]];

describe("functions of the caller's, called from a worker", () => {
  let model: T5Gemma2ForConditionalGeneration;
  let atHome: home.T5Gemma2ForConditionalGeneration;

  beforeAll(async () => {
    model = await T5Gemma2ForConditionalGeneration.fromPretrained(SOURCE, WASM);
    atHome = await home.T5Gemma2ForConditionalGeneration.fromPretrained(SOURCE, WASM);
  });
  afterAll(() => {
    model?.dispose();
    atHome?.dispose();
  });

  const same = async (options: () => GenerateOptions): Promise<void> => {
    const [away, there] = [await model.generate({ inputIds, maxNewTokens: 5, ...options() }), await atHome.generate({ inputIds, maxNewTokens: 5, ...options() })];
    expect([away.sequences, away.finishReasons]).toEqual([there.sequences, there.finishReasons]);
  };

  it("change scores in place or by returning others, greedily, drawing and with beams", async () => {
    const banned = (await atHome.generate({ inputIds, maxNewTokens: 5 })).sequences.map((row) => row[2]!);
    const inPlace = (_: number[][], rows: readonly Float32Array[]): void => rows.forEach((row) => banned.forEach((id) => (row[id] = -Infinity)));
    const returning = async (ids: number[][], rows: readonly Float32Array[]) => rows.map((row, index) => row.map((score, id) => score + ((id * ids[index]!.length) % 7)));
    for (const way of [{}, { doSample: true, seed: 5, topK: 9 }, { numBeams: 3 }]) await same(() => ({ ...way, logitsProcessors: [inPlace, returning] }));
    const { sequences } = await model.generate({ inputIds, maxNewTokens: 5, logitsProcessors: [inPlace] });
    expect(sequences.flat().filter((id) => banned.includes(id))).toEqual([]);
  });

  it("say what may follow, and when it is enough", async () => {
    await same(() => ({ prefixAllowedTokensFn: (row, ids) => [row + 10, ids.length + 20] }));
    await same(() => ({ prefixAllowedTokensFn: async (row) => [row + 10, 11, 12], numBeams: 2 }));
    const seen: [number, readonly number[]][] = [];
    await same(() => ({ outputScores: true, stoppingCriteria: [async (rows, scores) => (seen.push([scores!.length, scores![0]!.dims]), rows.map((row) => row.length > 3))] }));
    expect(seen.slice(0, 3)).toEqual([[1, [2, 208]], [2, [2, 208]], [3, [2, 208]]]);
    await same(() => ({ stoppingCriteria: [(rows) => rows[0]!.length > 2] }));
  });

  it("are checked as at home, by name", async () => {
    const wrong: readonly [GenerateOptions, RegExp][] = [
      [{ logitsProcessors: [() => 0 as never] }, /^logitsProcessors\[0\]: returned number/],
      [{ logitsProcessors: "no" as never }, /^logitsProcessors/],
      [{ stoppingCriteria: [() => 3 as never] }, /^stoppingCriteria\[0\]: must return/],
      [{ prefixAllowedTokensFn: () => [999] }, /^prefixAllowedTokensFn: allows/],
      [{ nonsense: () => 0 } as never, /unknown option "nonsense"/],
    ];
    for (const [options, message] of wrong) {
      await expect(model.generate({ inputIds, ...options })).rejects.toMatchObject({ code: "InputError", message: expect.stringMatching(message) });
      await expect(atHome.generate({ inputIds, ...options })).rejects.toThrow(message);
    }
  });

  it("that fail end the call with their own error", async () => {
    const mine = new RangeError("mine");
    const fail = (): never => {
      throw mine;
    };
    for (const options of [{ logitsProcessors: [fail] }, { stoppingCriteria: [fail] }, { prefixAllowedTokensFn: fail }]) {
      await expect(model.generate({ inputIds, ...options })).rejects.toBe(mine);
    }
    await expect(model.generate({ inputIds, streamer: { put: async () => fail(), end: () => undefined } })).rejects.toBe(mine);
    // The model is as good as before.
    await same(() => ({}));
  });

  it("take tokens as they come, and are waited for", async () => {
    class Collector {
      readonly heard: number[][][] = [];
      ends = 0;
      isBusy = false;
      async put(added: readonly (readonly number[])[]): Promise<void> {
        expect(this.isBusy).toBe(false);
        this.isBusy = true;
        await new Promise((resolve) => setTimeout(resolve, 2));
        this.isBusy = false;
        this.heard.push(added.map((row) => [...row]));
      }
      end(): void {
        this.ends++;
      }
    }
    const [away, there] = [new Collector(), new Collector()];
    const { sequences } = await model.generate({ inputIds, maxNewTokens: 5, streamer: away });
    await atHome.generate({ inputIds, maxNewTokens: 5, streamer: there });
    expect([away.heard, away.ends]).toEqual([there.heard, 1]);
    expect(sequences.map((_, row) => away.heard.flatMap((step) => step[row]!))).toEqual(sequences);
  });

  it("hear an abort at any moment", async () => {
    const long = { inputIds: [inputIds[0]!], eosTokenId: null, maxNewTokens: 100_000 };
    const reason = new Error("enough");
    await expect(model.generate({ ...long, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(model.encode({ inputIds, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(T5Gemma2ForConditionalGeneration.fromPretrained(SOURCE, { ...WASM, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    for (const wait of [0, 5, 40]) {
      const abort = new AbortController();
      setTimeout(() => abort.abort(reason), wait);
      expect((await model.generate({ ...long, signal: abort.signal })).finishReasons).toEqual(["abort"]);
    }
    const abort = new AbortController();
    const seen: number[] = [];
    for await (const { tokenId } of model.stream({ ...long, signal: abort.signal })) {
      seen.push(tokenId);
      if (seen.length === 3) abort.abort();
    }
    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect(seen.length).toBeLessThan(1000);
    const loading = new AbortController();
    const config = await readFixture("test/fixtures/checkpoints/generation/config.json");
    // Weights that never come.
    const slow: home.ModelSource = {
      name: "slow",
      stat: async (path) => (path === "generation_config.json" ? null : { size: path === "config.json" ? config.length : 1000 }),
      read: async (path, { signal } = {}) => {
        if (path === "config.json") return new Blob([config]).stream();
        setTimeout(() => loading.abort(reason), 20);
        return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
      },
    };
    const load = T5Gemma2ForConditionalGeneration.fromPretrained(slow, { ...WASM, signal: loading.signal });
    await expect(load).rejects.toBe(reason);
  });
});

describe("this thread's tokenizer, for a worker", () => {
  let model: T5Gemma2ForConditionalGeneration;
  let atHome: home.T5Gemma2ForConditionalGeneration;
  let tokenizer: Tokenizer;
  const prompt = (): { inputIds: number[][]; maxNewTokens: number } => ({ inputIds: [tokenizer.encode("Write 427 in words.")], maxNewTokens: 12 });

  beforeAll(async () => {
    model = await T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", WASM);
    atHome = await home.T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", WASM);
    tokenizer = await AutoTokenizer.fromPretrained("builtin:reader");
  });
  afterAll(() => {
    model?.dispose();
    atHome?.dispose();
  });

  it("ends answers at stop strings and streams text up to them", async () => {
    const { sequences: whole } = await model.generate(prompt());
    const text = tokenizer.decode(whole[0]!, { skipSpecialTokens: true });
    expect(text.length).toBeGreaterThan(6);
    for (const given of [tokenizer, await AutoProcessor.fromPretrained("builtin:reader")]) {
      const options = { ...prompt(), tokenizer: given, stopStrings: [text.slice(3, 6)] };
      const { sequences, finishReasons } = await model.generate(options);
      expect([sequences, finishReasons]).toEqual([(await atHome.generate(options)).sequences, ["stop"]]);
      let streamed = "";
      for await (const token of model.stream(options)) streamed += token.text;
      expect(streamed).toBe(text.slice(0, 3));
    }
    let streamed = "";
    const streamer = new TextStreamer(tokenizer, { onText: (piece) => void (streamed += piece), skipPrompt: true, skipSpecialTokens: true });
    await model.generate({ ...prompt(), streamer });
    expect(streamed).toBe(text);
  });

  it("holds answers to a constraint", async () => {
    for (const constraint of [{ choices: ["yes", "no"] }, { regex: /\d{3}( or \d{3})?/ }, { jsonSchema: { type: "array", items: { type: "integer" }, maxItems: 4 } }]) {
      const options = { ...prompt(), maxNewTokens: 40, constraint, tokenizer };
      expect((await model.generate(options)).sequences).toEqual((await atHome.generate(options)).sequences);
    }
    await expect(model.generate({ ...prompt(), constraint: { choices: ["a"] } })).rejects.toThrow(/^constraint: needs the tokenizer/);
    await expect(model.generate({ ...prompt(), tokenizer: { streamDecoder: () => ({ push: () => "", end: () => "" }) }, stopStrings: "a" })).rejects.toMatchObject({ code: "InputError" });
  });
});

describe("this thread's files, for a worker", () => {
  const folder = "test/fixtures/classification/single-label";
  const bytesOf = async (path: string): Promise<Uint8Array<ArrayBuffer> | null> => (["config.json", "model.safetensors"].includes(path) ? readFixture(`${folder}/${path}`) : null);
  const scores = async (source: Parameters<typeof T5Gemma2ForSequenceClassification.fromPretrained>[0], options: object): Promise<unknown> => {
    using model = await T5Gemma2ForSequenceClassification.fromPretrained(source, { ...WASM, ...options });
    return (await model.forward({ inputIds })).logits.tolist();
  };

  it("come from a source, from files, or by a fetch of the caller's, through a cache of the caller's", async () => {
    const wanted = await scores(fixtureSource(folder), {});
    class Memory {
      readonly name = "memory";
      stat = async (path: string) => ((await bytesOf(path)) === null ? null : { size: (await bytesOf(path))!.length });
      async read(path: string, { begin = 0, end }: { begin?: number | undefined; end?: number | undefined } = {}) {
        return new Blob([(await bytesOf(path))!.slice(begin, end)]).stream();
      }
    }
    expect(await scores(new Memory(), {})).toEqual(wanted);
    const files = await Promise.all(["config.json", "model.safetensors"].map(async (name) => new File([(await bytesOf(name))!], name)));
    expect(await scores(files, {})).toEqual(wanted);
    const asked: string[] = [];
    const fetch = async (url: RequestInfo | URL): Promise<Response> => {
      const { pathname } = new URL(String(url));
      asked.push(pathname);
      const bytes = await bytesOf(pathname.split("/").at(-1)!);
      return bytes === null ? new Response("none", { status: 404 }) : new Response(bytes, { headers: { etag: '"1"', "content-length": String(bytes.length) } });
    };
    const kept = new Map<string, Uint8Array>();
    const cache: CacheStore = {
      get: async (key) => kept.get(key) ?? null,
      put: async (key, bytes) => void kept.set(key, bytes.slice()),
      delete: async (key) => void kept.delete(key),
      keys: async (prefix) => [...kept.keys()].filter((key) => key.startsWith(prefix)),
    };
    expect(await scores("https://models.example/a/", { fetch, cache })).toEqual(wanted);
    expect(new Set(asked)).toContain("/a/model.safetensors");
    expect(kept.size).toBeGreaterThan(1);
    expect(await scores("https://models.example/a/", { fetch, cache, localFilesOnly: true })).toEqual(wanted);
  });

  it.runIf(runtime === "browser")("are found beside the page by relative addresses, pictures on canvases, too", async () => {
    expect(await scores(`/${folder}/`, {})).toEqual(await scores(fixtureSource(folder), {}));
    using worker = createWorker();
    const reader = await worker.pipeline("image-text-to-text", "builtin:reader", { device: "wasm" });
    const bitmap = await createImageBitmap(new Blob([await readFixture("models/reader/samples/00.png")]));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext("2d")!.drawImage(bitmap, 0, 0);
    const answers = new Set<string>();
    for (const image of [canvas, bitmap, "/models/reader/samples/00.png"]) {
      const [answer] = await reader([{ role: "user", content: [{ type: "image", image }, { type: "text", text: "What number is shown?" }] }]);
      answers.add(answer!.generatedText);
    }
    expect(answers.size).toBe(1);
  });
});
