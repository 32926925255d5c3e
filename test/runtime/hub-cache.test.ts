import { openSource, type ModelSource, type SourceOptions } from "t5gemma2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fixtureSource, readFixture, runtime } from "../support/files.ts";

const COMMIT = "c".repeat(40);
const ETAG = "e".repeat(40);
const MiB = 1024 * 1024;

/** Three parts of what the cache keeps, the last one short. */
const weights = new Uint8Array(9 * MiB).map((_, i) => (i * 31 + (i >> 12)) & 255);

/** A hub without a network, as `fetch`; `requests` are the ranges asked for. */
function fakeHub(): { fetch: typeof fetch; requests: string[] } {
  const requests: string[] = [];
  const answer = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    init?.signal?.throwIfAborted();
    const url = String(input);
    const range = new Headers(init?.headers).get("range") ?? "";
    requests.push(`${url.split("/resolve/")[1]} ${range}`);
    if (!url.endsWith("/weights.bin")) return new Response(null, { status: 404, headers: { "x-error-code": "EntryNotFound", "x-repo-commit": COMMIT } });
    const [, begin, last] = /^bytes=(\d+)-(\d+)$/.exec(range)!.map(Number) as [number, number, number];
    const headers = { "content-range": `bytes ${begin}-${last}/${weights.length}`, etag: `"${ETAG}"`, "x-repo-commit": COMMIT };
    return new Response(weights.slice(begin, last + 1), { status: 206, headers });
  };
  return { fetch: answer as typeof fetch, requests };
}

async function read(source: ModelSource, path: string, begin?: number, end?: number): Promise<Uint8Array> {
  const reader = (await source.read(path, { begin, end })).getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value as Uint8Array<ArrayBuffer>);
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

async function sameBytes(got: Uint8Array, wanted: Uint8Array): Promise<void> {
  expect(got.length).toBe(wanted.length);
  expect(got.findIndex((byte, i) => byte !== wanted[i])).toBe(-1);
}

let clean: () => Promise<unknown>;
beforeAll(async () => {
  if (runtime === "browser") {
    clean = () => caches.delete("t5gemma2");
    return void (await clean());
  }
  const { mkdtemp, rm } = await import(/* @vite-ignore */ "node:fs/promises");
  const { tmpdir } = await import(/* @vite-ignore */ "node:os");
  const folder = await mkdtemp(`${tmpdir()}/t5gemma2-cache-`);
  const before = process.env["HF_HUB_CACHE"];
  process.env["HF_HUB_CACHE"] = folder;
  clean = async () => {
    if (before === undefined) delete process.env["HF_HUB_CACHE"];
    else process.env["HF_HUB_CACHE"] = before;
    await rm(folder, { recursive: true });
  };
});
afterAll(() => clean());

describe("this runtime's own cache", () => {
  const open = (options: SourceOptions): Promise<ModelSource> => openSource("owner/name", { endpoint: "https://hub.invalid", ...options });

  it("keeps what is read of a hub's files, and gives it back without a request", async () => {
    const warnings: string[] = [];
    const onProgress: SourceOptions["onProgress"] = (event) => event.status === "warning" && warnings.push(event.message);
    const { fetch, requests } = fakeHub();
    const source = await open({ fetch, onProgress });
    await sameBytes(await read(source, "weights.bin", 5 * MiB, 5 * MiB + 10), weights.slice(5 * MiB, 5 * MiB + 10));
    expect(requests).toEqual(["main/config.json bytes=0-0", `${COMMIT}/weights.bin bytes=0-0`, `${COMMIT}/weights.bin bytes=${4 * MiB}-${8 * MiB - 1}`]);
    expect(await source.stat("absent.json")).toBeNull();

    const part = await open({ localFilesOnly: true, fetch });
    await sameBytes(await read(part, "weights.bin", 4 * MiB, 8 * MiB), weights.slice(4 * MiB, 8 * MiB));
    await expect(read(part, "weights.bin")).rejects.toMatchObject({ code: "LoadError", message: expect.stringContaining("only partly in the cache") });

    await sameBytes(await read(await open({ fetch, onProgress }), "weights.bin"), weights);
    requests.length = 0;
    const whole = await open({ localFilesOnly: true, fetch });
    await sameBytes(await read(whole, "weights.bin"), weights);
    expect(await whole.stat("weights.bin")).toEqual({ size: weights.length, etag: ETAG });
    expect(await whole.stat("absent.json")).toBeNull();
    expect(requests).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it("is left alone by cache: false", async () => {
    const { fetch, requests } = fakeHub();
    await sameBytes(await read(await open({ fetch, cache: false }), "weights.bin", 1, 5), weights.slice(1, 5));
    expect(requests.at(-1)).toBe(`${COMMIT}/weights.bin bytes=1-4`);
  });
});

describe("sources", () => {
  it.each(["builtin:reader", fixtureSource("models/reader")])("%s gives its files", async (place) => {
    const source = await openSource(place);
    const config = await readFixture("models/reader/config.json");
    await sameBytes(await read(source, "config.json"), config);
    const { size } = (await source.stat("model.safetensors"))!;
    expect(size).toBeGreaterThan(MiB);
    await sameBytes(await read(source, "model.safetensors", size - 100_000, size), (await readFixture("models/reader/model.safetensors")).slice(-100_000));
    expect(await source.stat("no-such-file.json")).toBeNull();
  });

  it.runIf(runtime === "browser")("a real folder's handle gives its files", async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle("model", { create: true });
    const file = await folder.getFileHandle("config.json", { create: true });
    const writer = await file.createWritable();
    await writer.write("{}");
    await writer.close();
    try {
      const source = await openSource(folder);
      expect(new TextDecoder().decode(await read(source, "config.json"))).toBe("{}");
      expect(await source.stat("absent/x.json")).toBeNull();
    } finally {
      await root.removeEntry("model", { recursive: true });
    }
  });
});
