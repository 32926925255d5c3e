import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openSource, type ProgressEvent, readBytes, readJson, readText, type SourceOptions } from "../../../ts/hub/index.js";
import { FakeHub, ID, sha256 } from "./hub.ts";
import { noise } from "./server.ts";
import { failure, MapStore, temporaryFolder } from "./support.ts";

let hub: FakeHub;
let events: ProgressEvent[];
beforeEach(async () => {
  hub = await FakeHub.start();
  hub.add("config.json", '{"model_type":"t5gemma2"}');
  hub.add("tokenizer.json", noise(20_000), true);
  events = [];
  vi.stubEnv("HF_TOKEN", "");
  vi.stubEnv("HF_ENDPOINT", "");
  vi.stubEnv("HF_HUB_OFFLINE", "");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.stop();
});

const options = (more: SourceOptions = {}): SourceOptions => ({ endpoint: hub.server.url, cache: false, onProgress: (event) => events.push(event), ...more });

describe("a hub id", () => {
  it("is resolved to a commit once, and every file comes from it", async () => {
    const source = await openSource(ID, options());
    const asked = hub.server.seen.filter(({ path }) => path.includes("/resolve/main/"));
    expect(asked).toHaveLength(1);
    const [before, tokenizer] = [hub.commit, hub.files.get("tokenizer.json")!];
    expect(await readJson(source, "config.json")).toEqual({ model_type: "t5gemma2" });
    expect((await readBytes(source, "tokenizer.json")).length).toBe(20_000);
    expect(await source.stat("tokenizer.json")).toEqual({ size: 20_000, etag: sha256(tokenizer) });
    expect(hub.server.seen.filter(({ path }) => path.includes("/resolve/main/"))).toHaveLength(1);
    expect(hub.server.seen.some(({ path }) => path.includes(`/resolve/${before}/`))).toBe(true);
    expect(await source.stat("absent.json")).toBeNull();
    expect(await readText(source, "absent.json", { optional: true })).toBeNull();
  });

  it("of a hub that always redirects gives the same", async () => {
    hub.tellsOfLarge = false;
    const source = await openSource(ID, options());
    expect(await source.stat("tokenizer.json")).toEqual({ size: 20_000, etag: sha256(hub.files.get("tokenizer.json")!) });
    expect((await readBytes(source, "tokenizer.json")).length).toBe(20_000);
  });

  it("may name a commit, which needs no request", async () => {
    const source = await openSource(ID, options({ revision: hub.commit }));
    expect(hub.requests).toBe(0);
    expect(await readJson(source, "config.json")).toEqual({ model_type: "t5gemma2" });
  });

  it("may have a subfolder", async () => {
    hub.add("inner/config.json", "{}");
    const source = await openSource(ID, options({ subfolder: "inner" }));
    expect(await readJson(source, "config.json")).toEqual({});
    expect(hub.server.seen.some(({ path }) => path.endsWith("main/config.json"))).toBe(false);
    await expect(openSource(ID, options({ subfolder: "../x" }))).rejects.toThrow(/plain relative path/);
  });

  it("may be given as the address of its page", async () => {
    for (const page of [`/${ID}`, `/${ID}/`, `/${ID}/tree/main`, `/${ID}/resolve/${hub.commit}`]) {
      const source = await openSource(`${hub.server.url}${page}`, options());
      expect(await readJson(source, "config.json")).toEqual({ model_type: "t5gemma2" });
    }
    await expect(openSource(new URL(`${hub.server.url}/${ID}/tree/main`), options({ revision: "v1" }))).rejects.toThrow(/both.*name a revision/);
  });

  it("comes from the endpoint of the environment", async () => {
    vi.stubEnv("HF_ENDPOINT", hub.server.url);
    const source = await openSource(ID, { cache: false });
    expect(await readJson(source, "config.json")).toEqual({ model_type: "t5gemma2" });
  });

  it("without a commit works, uncached and with a warning", async () => {
    hub.server.before = () => false;
    hub.server.headers = () => ({});
    hub.server.files.set(`/${ID}/resolve/main/config.json`, Buffer.from("{}"));
    const store = new MapStore();
    const source = await openSource(ID, options({ cache: store }));
    expect(await readJson(source, "config.json")).toEqual({});
    expect(store.map.size).toBe(0);
    expect(events).toEqual([{ status: "warning", file: ID, message: expect.stringContaining("no commit") }]);
  });
});

describe("the token", () => {
  beforeEach(() => void (hub.token = "hf_secret"));

  it("goes to the endpoint in a header, and nowhere else", async () => {
    for (const tells of [true, false]) {
      hub.tellsOfLarge = tells;
      const store = new MapStore();
      const source = await openSource(ID, options({ token: "hf_secret", cache: store }));
      await readBytes(source, "config.json");
      await readBytes(source, "tokenizer.json");
      expect(hub.server.seen.every(({ authorization }) => authorization === "Bearer hf_secret")).toBe(true);
      expect(hub.storage.seen.length).toBeGreaterThan(0);
      expect(hub.storage.seen.every(({ authorization }) => authorization === undefined)).toBe(true);
      expect([...hub.server.seen, ...hub.storage.seen].some(({ path }) => path.includes("secret"))).toBe(false);
      const kept = [...store.map].map(([key, bytes]) => key + Buffer.from(bytes).toString("latin1")).join("");
      expect(kept).not.toContain("secret");
    }
  });

  it("comes from the environment", async () => {
    vi.stubEnv("HF_TOKEN", "hf_secret\n");
    await expect(openSource(ID, options())).resolves.toBeDefined();
  });

  it("is asked for when it is missing or wrong, and not shown", async () => {
    for (const token of [undefined, "hf_wrong"]) {
      const error = await failure(openSource(ID, options({ token })));
      expect(error.message).toMatch(/gated.*token.*HTTP 401/);
      expect(error.details).toMatchObject({ status: 401, errorCode: "GatedRepo" });
      expect(error.message + JSON.stringify(error.details)).not.toContain("hf_wrong");
    }
    await expect(openSource(ID, options({ token: "two words" }))).rejects.toThrow(/one word/);
  });

  it("is not sent to other hosts' folders, nor from the environment to any folder", async () => {
    hub.storage.files.set("/m/config.json", Buffer.from("{}"));
    await expect(openSource(`${hub.storage.url}/m`, options({ token: "hf_secret" }))).rejects.toThrow(/"token" is for the hub only/);
    vi.stubEnv("HF_TOKEN", "hf_secret");
    await readJson(await openSource(`${hub.storage.url}/m`, options()), "config.json");
    expect(hub.storage.seen.every(({ authorization }) => authorization === undefined)).toBe(true);
  });
});

describe("errors", () => {
  it("name what is missing", async () => {
    expect((await failure(openSource("owner/other", options()))).message).toMatch(/owner\/other does not exist, or is private/);
    expect((await failure(openSource(ID, options({ revision: "v9" })))).message).toMatch(/no such revision.*"revision"/);
    const source = await openSource(ID, options());
    const error = await failure(readText(source, "vocab.txt"));
    expect(error.message).toContain('"vocab.txt"');
    expect(error.message).toContain(ID);
  });

  it("of options name the option", async () => {
    await expect(openSource(ID, { revison: "x" } as SourceOptions)).rejects.toThrow(/revison.*revision/);
    await expect(openSource(ID, options({ endpoint: "ftp://x" }))).rejects.toThrow(/"endpoint"/);
    await expect(openSource(ID, options({ revision: "../.." }))).rejects.toThrow(/"revision"/);
    await expect(openSource(ID, options({ cache: {} as MapStore }))).rejects.toThrow(/"cache"/);
    await expect(openSource(ID, options({ localFilesOnly: true }))).rejects.toThrow(/"localFilesOnly" needs a cache/);
    await expect(openSource(ID, options({ signal: AbortSignal.abort() }))).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("without a network", () => {
  it("the files kept of the last commit are used", async () => {
    vi.stubEnv("HF_HUB_CACHE", await temporaryFolder());
    const first = await openSource(ID, options({ cache: "auto" }));
    await readBytes(first, "config.json");
    expect(await first.stat("absent.json")).toBeNull();
    hub.server.fault = () => ({ refuse: true });
    hub.server.before = (request) => (request.socket.destroy(), true);

    const source = await openSource(ID, options({ cache: "auto" }));
    expect(events.filter(({ status }) => status === "warning")).toHaveLength(1);
    expect(await readJson(source, "config.json")).toEqual({ model_type: "t5gemma2" });
    expect(await source.stat("absent.json")).toBeNull();
    expect((await failure(readBytes(source, "tokenizer.json"))).message).toMatch(/cannot reach/);
  }, 20_000);
});
