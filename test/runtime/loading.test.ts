import { type ModelSource, type ProgressEvent, T5Gemma2ForConditionalGeneration } from "t5gemma2";
import { beforeAll, describe, expect, it } from "vitest";
import { readFixture } from "../support/files.ts";

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;

const NAMES = ["config.json", "generation_config.json", "model.safetensors"];
const files = new Map<string, Uint8Array<ArrayBuffer>>();

/** A checkpoint in memory; a changed file takes the place of the right one. */
function source(changed: Record<string, Uint8Array<ArrayBuffer> | undefined> = {}): ModelSource {
  const all = new Map([...files, ...Object.entries(changed)]);
  return {
    name: "memory",
    stat: async (path) => (all.get(path) === undefined ? null : { size: all.get(path)!.length }),
    read: async (path, { begin = 0, end } = {}) => new Blob([all.get(path)!.slice(begin, end)]).stream(),
  };
}

function split(file: Uint8Array<ArrayBuffer>): { header: Header; data: Uint8Array<ArrayBuffer> } {
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  return { header: JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Header, data: file.slice(8 + length) };
}

function join(header: Header | string, data: Uint8Array<ArrayBuffer>, length?: bigint): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + data.length);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  file.set(json, 8);
  file.set(data, 8 + json.length);
  return file;
}

/** The weights with their header changed. */
function weights(change: (header: Header) => void): Record<string, Uint8Array<ArrayBuffer>> {
  const { header, data } = split(files.get("model.safetensors")!);
  change(header);
  return { "model.safetensors": join(header, data) };
}

const load = (from: ModelSource, options: object = {}): Promise<T5Gemma2ForConditionalGeneration> =>
  T5Gemma2ForConditionalGeneration.fromPretrained(from, { device: "wasm", ...options });

const NORM = "model.decoder.norm.weight";

describe("loading weights", () => {
  beforeAll(async () => {
    for (const name of NAMES) files.set(name, await readFixture(`test/fixtures/checkpoints/bf16/${name}`));
  });

  it("tells of its progress by the laws", async () => {
    const events: ProgressEvent[] = [];
    (await load(source(), { onProgress: (event: ProgressEvent) => events.push(event) })).dispose();
    for (const file of NAMES) {
      const own = events.filter((event) => event.file === file);
      expect(own.map(({ status }) => status).filter((status, index, all) => status !== all[index - 1]), file).toEqual(["initiate", "download", "progress", "done"]);
      const loaded = own.flatMap((event) => (event.status === "progress" ? [event.loaded] : []));
      expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
    }
    expect(events.at(-1)).toEqual({ status: "ready", file: "memory" });
    expect(events.filter(({ status }) => status === "ready")).toHaveLength(1);
  });

  it("stops when told to", async () => {
    const abort = new AbortController();
    const slow = source();
    const read = slow.read.bind(slow);
    slow.read = async (path, options) => {
      if (path === "model.safetensors") abort.abort();
      return read(path, options);
    };
    await expect(load(slow, { signal: abort.signal })).rejects.toMatchObject({ name: "AbortError" });
  });

  it.each<[string, RegExp, () => Record<string, Uint8Array<ArrayBuffer> | undefined>]>([
    ["overlapping tensors", /overlap|hole|offset/i, () => weights((h) => (h[NORM]!.data_offsets = [0, h[NORM]!.data_offsets[1] - h[NORM]!.data_offsets[0]]))],
    ["offsets outside of the file", /outside|beyond|ends|offset|size/i, () => weights((h) => (h[NORM]!.data_offsets = [1e9, 1e9 + 64]))],
    ["an element type that doesn't exist", /dtype|F33/i, () => weights((h) => (h[NORM]!.dtype = "F33"))],
    ["an integer tensor", /as I16/, () => weights((h) => Object.assign(h[NORM]!, { dtype: "I16" }))],
    ["a shape that the bytes don't fit", /shape|bytes/i, () => weights((h) => (h[NORM]!.shape = [3]))],
    ["a missing tensor", /missing model\.decoder\.norm\.weight|missing decoder\.norm\.weight/, () => {
      const { header, data } = split(files.get("model.safetensors")!);
      header["model.odd.name"] = header[NORM]!;
      delete header[NORM];
      return { "model.safetensors": join(header, data) };
    }],
    ["a surplus tensor", /surplus model\.odd\.name/, () => {
      const { header, data } = split(files.get("model.safetensors")!);
      header["model.odd.name"] = { dtype: "F32", shape: [1], data_offsets: [data.length, data.length + 4] };
      const longer = new Uint8Array(data.length + 4);
      longer.set(data);
      return { "model.safetensors": join(header, longer) };
    }],
    ["a header of huge length", /header.*limit|header.*long/, () => ({ "model.safetensors": join("{}", new Uint8Array(0), 1n << 62n) })],
    ["a header that is no JSON", /header|JSON/i, () => ({ "model.safetensors": join("{no", new Uint8Array(16)) })],
    ["a truncated file", /model\.safetensors/, () => ({ "model.safetensors": files.get("model.safetensors")!.slice(0, 50_000) })],
    ["an empty file", /model\.safetensors/, () => ({ "model.safetensors": new Uint8Array(0) })],
    ["no weights", /model\.safetensors/, () => ({ "model.safetensors": undefined })],
    ["no configuration", /config\.json/, () => ({ "config.json": undefined })],
  ])("refuses %s", async (_, message, change) => {
    const error = await load(source(change())).then(() => undefined, (reason: unknown) => reason);
    expect(error).toMatchObject({ code: "LoadError", name: "LoadError" });
    expect((error as Error).message).toMatch(message);
  });

  it("refuses a stream that ends early", async () => {
    const short = source();
    const read = short.read.bind(short);
    short.read = (path, { begin = 0, end, ...rest } = {}) => read(path, { begin, ...(end !== undefined && { end: path.endsWith(".safetensors") && begin > 8 ? end - 7 : end }), ...rest });
    await expect(load(short)).rejects.toMatchObject({ code: "LoadError", message: expect.stringContaining("model.safetensors") });
  });

  it("refuses a configuration that can't be run, by its field", async () => {
    const config = JSON.parse(new TextDecoder().decode(files.get("config.json"))) as { decoder: Record<string, unknown> };
    config.decoder["hidden_activation"] = "relu6";
    const changed = { "config.json": new TextEncoder().encode(JSON.stringify(config)) };
    await expect(load(source(changed))).rejects.toMatchObject({ code: "ConfigError", message: expect.stringMatching(/^decoder\.hidden_activation: /) });
  });

  it.each([
    ["revison", { revison: "main" }],
    ["device", { device: "cuda" }],
    ["dtype", { dtype: "int8" }],
  ])("refuses an option that makes no sense: %s", async (name, options) => {
    await expect(load(source(), options)).rejects.toMatchObject({ code: "InputError", message: expect.stringContaining(name) });
  });

  it("loads again after failures", async () => {
    const model = await load(source());
    expect((await model.generate({ inputIds: [[2, 5, 6]], maxNewTokens: 3, eosTokenId: null })).sequences[0]).toHaveLength(4);
    model.dispose();
  });
});
