import { lstat, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PART_BYTES } from "../../../ts/hub/cache.js";
import { type ModelSource, openSource, type ProgressEvent, readBytes, readJson, type SourceOptions } from "../../../ts/hub/index.js";
import { COMMIT, FakeHub, gitHash, ID, sha256 } from "./hub.ts";
import { drain, FileServer, noise } from "./server.ts";
import { failure, MapStore, temporaryFolder } from "./support.ts";

const WEIGHTS = "model.safetensors";
/** Three parts, the last one short. */
const weights = noise(2 * PART_BYTES + 12_345);

let hub: FakeHub;
let root: string;
let events: ProgressEvent[];
beforeEach(async () => {
  hub = await FakeHub.start();
  hub.add("config.json", '{"model_type":"t5gemma2"}');
  hub.add(WEIGHTS, weights, true);
  root = await temporaryFolder();
  events = [];
  vi.stubEnv("HF_HUB_CACHE", root);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.stop();
});

const open = (more: SourceOptions = {}): ReturnType<typeof openSource> =>
  openSource(ID, { endpoint: hub.server.url, onProgress: (event) => events.push(event), ...more });
/** Whether the weights come as they are. */
const same = async (source: ModelSource): Promise<boolean> => weights.equals(await readBytes(source, WEIGHTS));
const repository = (...path: string[]): string => join(root, "models--owner--name", ...path);
const everyFile = async (): Promise<string[]> => (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => !entry.isDirectory()).map(({ name }) => name);

describe("Hugging Face's cache folder", () => {
  it("gets whole files in Python's layout, and serves them without a request", async () => {
    const source = await open();
    await readJson(source, "config.json");
    expect((await readBytes(source, WEIGHTS)).length).toBe(weights.length);
    expect(await source.stat("absent.json")).toBeNull();

    expect(await readFile(repository("refs", "main"), "utf8")).toBe(COMMIT);
    const pointer = repository("snapshots", COMMIT, WEIGHTS);
    expect((await lstat(pointer)).isSymbolicLink()).toBe(true);
    expect((await readFile(pointer)).equals(weights)).toBe(true);
    expect((await readdir(repository("blobs"))).sort()).toEqual([gitHash(hub.files.get("config.json")!), sha256(weights)].sort());
    expect(await readFile(repository(".no_exist", COMMIT, "absent.json"), "utf8")).toBe("");
    // No parts and no temporary names are left.
    expect((await everyFile()).sort()).toEqual(["absent.json", "config.json", WEIGHTS, "main", sha256(weights), gitHash(hub.files.get("config.json")!)].sort());

    hub.forget();
    const again = await open({ localFilesOnly: true });
    expect(await same(again)).toBe(true);
    expect(await drain(await again.read(WEIGHTS, { begin: PART_BYTES - 3, end: PART_BYTES + 3 }))).toEqual(weights.subarray(PART_BYTES - 3, PART_BYTES + 3));
    expect(await again.stat("absent.json")).toBeNull();
    expect(hub.requests).toBe(0);
  });

  it("is read as Python left it", async () => {
    const blob = repository("blobs", sha256(weights));
    await mkdir(repository("blobs"), { recursive: true });
    await mkdir(repository("refs"));
    await mkdir(repository("snapshots", COMMIT, "inner"), { recursive: true });
    await writeFile(blob, weights);
    await symlink(join("..", "..", "blobs", sha256(weights)), repository("snapshots", COMMIT, WEIGHTS));
    await writeFile(repository("snapshots", COMMIT, "inner", "config.json"), "{}");
    await writeFile(repository("refs", "main"), COMMIT);
    const source = await open({ localFilesOnly: true });
    expect(await source.stat(WEIGHTS)).toEqual({ size: weights.length, etag: sha256(weights) });
    expect(await same(source)).toBe(true);
    expect(await readJson(await open({ localFilesOnly: true, subfolder: "inner" }), "config.json")).toEqual({});
    expect(hub.requests).toBe(0);
    expect((await failure(readJson(source, "config.json"))).message).toMatch(/"config.json"/);
    expect((await failure(open({ localFilesOnly: true, revision: "v2" }))).message).toMatch(/not in the cache.*without localFilesOnly/);
  });

  it("links content that another commit brought, instead of downloading it", async () => {
    await readBytes(await open(), WEIGHTS);
    hub.commit = "b".repeat(40);
    hub.forget();
    const source = await open();
    expect(await same(source)).toBe(true);
    expect(hub.storage.seen).toHaveLength(0);
    expect((await readFile(repository("snapshots", "b".repeat(40), WEIGHTS))).equals(weights)).toBe(true);
    expect(await readFile(repository("refs", "main"), "utf8")).toBe("b".repeat(40));
  });

  it("keeps parts of a file beside it until it is whole", async () => {
    const source = await open();
    await drain(await source.read(WEIGHTS, { begin: PART_BYTES + 5, end: PART_BYTES + 10 }));
    expect(await readdir(repository(".t5gemma2", "parts", sha256(weights)))).toEqual(["1"]);
    await expect(lstat(repository("blobs", sha256(weights)))).rejects.toThrow();
    await expect(lstat(repository("snapshots", COMMIT, WEIGHTS))).rejects.toThrow();

    hub.forget();
    const local = await open({ localFilesOnly: true });
    expect(await drain(await local.read(WEIGHTS, { begin: PART_BYTES, end: PART_BYTES + 3 }))).toEqual(weights.subarray(PART_BYTES, PART_BYTES + 3));
    expect((await failure(readBytes(local, WEIGHTS))).message).toMatch(/only partly in the cache/);
    expect(hub.requests).toBe(0);

    const later = await open();
    expect(await same(later)).toBe(true);
    expect(hub.storage.seen.map(({ range }) => range)).toEqual([`bytes=0-${PART_BYTES - 1}`, `bytes=${2 * PART_BYTES}-${weights.length - 1}`]);
    expect((await readFile(repository("snapshots", COMMIT, WEIGHTS))).equals(weights)).toBe(true);
    await expect(lstat(repository(".t5gemma2", "parts", sha256(weights)))).rejects.toThrow();
  });

  it("has one blob when readers finish a file together", async () => {
    const sources = await Promise.all([open(), open()]);
    const results = await Promise.all(sources.flatMap((source) => [readBytes(source, WEIGHTS), readBytes(source, WEIGHTS)]));
    for (const bytes of results) expect(weights.equals(bytes)).toBe(true);
    expect(await readdir(repository("blobs"))).toEqual([sha256(weights)]);
    expect(events).toEqual([]);
  });

  it("keeps nothing of a file that is not what its hash says", async () => {
    const wrong = Buffer.from(weights);
    wrong[PART_BYTES + 7]! ^= 1;
    hub.storage.files.set(`/${WEIGHTS}`, wrong);
    const error = await failure(readBytes(await open(), WEIGHTS));
    expect(error.message).toMatch(/model\.safetensors.*not transferred right.*SHA-256/);
    expect((await everyFile()).filter((name) => name !== "main" && name !== "config.json.json")).toEqual([]);
    hub.storage.files.set(`/${WEIGHTS}`, weights);
    expect(await same(await open())).toBe(true);
  });

  it("keeps no part that was not transferred whole, and goes on with the others later", async () => {
    hub.storage.fault = (_, count) => (count === 0 ? undefined : { stallAfter: 1000 });
    const stop = new AbortController();
    const source = await open();
    const reading = source.read(WEIGHTS, { signal: stop.signal }).then(drain);
    await expect.poll(() => hub.storage.seen.length).toBe(2);
    stop.abort();
    await expect(reading).rejects.toMatchObject({ name: "AbortError" });
    expect(await readdir(repository(".t5gemma2", "parts", sha256(weights)))).toEqual(["0"]);
    hub.storage.fault = () => undefined;
    hub.forget();
    expect(await same(await open())).toBe(true);
    expect(hub.storage.seen).toHaveLength(2);
  });

  it("that cannot be written is done without, with one warning", async () => {
    // A file where a folder must be: the same for root as for others.
    await writeFile(join(root, "models--owner--name"), "");
    const source = await open();
    expect(await same(source)).toBe(true);
    expect(await readJson(source, "config.json")).toEqual({ model_type: "t5gemma2" });
    expect(events).toEqual([{ status: "warning", file: ID, message: expect.stringMatching(/cache cannot be written.*goes on without/) }]);
    expect(await readFile(join(root, "models--owner--name"), "utf8")).toBe("");
  });

  it("is not led out of by an ETag", async () => {
    hub.server.headers = () => ({ "x-repo-commit": COMMIT, etag: '"../../../evil"' });
    expect(await readJson(await open(), "config.json")).toEqual({ model_type: "t5gemma2" });
    expect(await readdir(root)).toEqual(["models--owner--name"]);
    expect((await everyFile()).sort()).toEqual(["main"]);
  });
});

describe("a store of one's own", () => {
  it("keeps a repository by commit and content, in parts", async () => {
    const store = new MapStore();
    expect(await same(await open({ cache: store }))).toBe(true);
    expect(Math.max(...[...store.map.values()].map(({ length }) => length))).toBeLessThanOrEqual(PART_BYTES);
    const host = encodeURIComponent(new URL(hub.server.url).host);
    expect((await store.keys(`models/${host}/owner/name/parts/${sha256(weights)}`)).length).toBe(3);
    expect(store.map.has(`models/${host}/owner/name/files/${COMMIT}/${WEIGHTS}`)).toBe(true);
    expect(await readdir(root)).toEqual([]);

    hub.forget();
    expect(await same(await open({ cache: store, localFilesOnly: true }))).toBe(true);
    expect(hub.requests).toBe(0);
  });

  it("notices a branch that moved", async () => {
    const store = new MapStore();
    expect(await readJson(await open({ cache: store }), "config.json")).toEqual({ model_type: "t5gemma2" });
    hub.commit = "b".repeat(40);
    hub.add("config.json", '{"new":true}');
    expect(await readJson(await open({ cache: store }), "config.json")).toEqual({ new: true });
    expect(await readJson(await open({ cache: store, revision: COMMIT, localFilesOnly: true }), "config.json")).toEqual({ model_type: "t5gemma2" });
  });

  it("that lost or cut a part is filled again", async () => {
    const store = new MapStore();
    await readBytes(await open({ cache: store }), WEIGHTS);
    const [first, second] = (await store.keys("")).filter((key) => key.includes("/parts/"));
    store.map.set(first!, store.map.get(first!)!.slice(0, 100));
    store.map.delete(second!);
    hub.forget();
    expect(await same(await open({ cache: store }))).toBe(true);
    expect(hub.storage.seen).toHaveLength(2);
    expect(store.map.get(first!)).toHaveLength(PART_BYTES);
  });

  it.each(["put", "get"] as const)("whose %s fails is done without, with one warning", async (method) => {
    const store = new MapStore();
    vi.spyOn(store, method).mockRejectedValue(new DOMException("The quota has been exceeded.", "QuotaExceededError"));
    const source = await open({ cache: store });
    expect(await same(source)).toBe(true);
    expect(events).toEqual([{ status: "warning", file: ID, message: expect.stringMatching(/goes on without it: The quota/) }]);
  });

  it("keeps the files under a URL, and asks the server whether they changed", async () => {
    const server = await FileServer.start();
    try {
      server.files.set("/m/config.json", Buffer.from("[1]"));
      const store = new MapStore();
      const folder = `${server.url}/m?key=secret`;
      expect(await readJson(await openSource(folder, { cache: store }), "config.json")).toEqual([1]);
      expect([...store.map.keys()].join()).not.toContain("secret");
      server.seen.length = 0;
      expect(await readJson(await openSource(folder, { cache: store }), "config.json")).toEqual([1]);
      expect(server.reads("/m/config.json")).toHaveLength(0);
      expect(await readJson(await openSource(folder, { cache: store, localFilesOnly: true }), "config.json")).toEqual([1]);
      server.files.set("/m/config.json", Buffer.from("[2]"));
      expect(await readJson(await openSource(folder, { cache: store }), "config.json")).toEqual([2]);
    } finally {
      await server.stop();
    }
  });
});
