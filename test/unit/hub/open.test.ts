import { mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { findWeightFiles, openSource, readBytes, readJson, readSafetensorsHead, type SourceLike } from "../../../ts/hub/index.js";
import { drain, FileServer, noise } from "./server.ts";
import { failure, memorySource, temporaryFolder } from "./support.ts";

/** A folder's handle as browsers give it, over files in memory. */
function handle(name: string, entries: Record<string, Uint8Array | FileSystemDirectoryHandle>): FileSystemDirectoryHandle {
  const error = (kind: string): DOMException => new DOMException("none", kind);
  const find = (entry: string): Uint8Array | FileSystemDirectoryHandle => {
    if (!Object.hasOwn(entries, entry)) throw error("NotFoundError");
    return entries[entry]!;
  };
  return {
    kind: "directory",
    name,
    async getDirectoryHandle(entry: string) {
      const found = find(entry);
      if (found instanceof Uint8Array) throw error("TypeMismatchError");
      return found;
    },
    async getFileHandle(entry: string) {
      const found = find(entry);
      if (!(found instanceof Uint8Array)) throw error("TypeMismatchError");
      return { getFile: async () => new File([found as Uint8Array<ArrayBuffer>], entry, { lastModified: 7 }) };
    },
  } as unknown as FileSystemDirectoryHandle;
}

function picked(path: string, bytes: Uint8Array): File {
  const file = new File([bytes as Uint8Array<ArrayBuffer>], path.split("/").at(-1)!, { lastModified: 7 });
  if (path.includes("/")) Object.defineProperty(file, "webkitRelativePath", { value: path });
  return file;
}

const config = new TextEncoder().encode("{}");
const large = noise(6000000);

async function folder(): Promise<string> {
  const path = await temporaryFolder();
  await mkdir(join(path, "inner"));
  await writeFile(join(path, "config.json"), config);
  await writeFile(join(path, "inner", "w.bin"), large);
  return path;
}

const kinds: [string, () => Promise<SourceLike>][] = [
  ["a path", folder],
  ["a file: URL", async () => pathToFileURL(await folder())],
  ["a file: URL as text", async () => `${pathToFileURL(await folder()).href}/`],
  ["a folder's handle", async () => handle("m", { "config.json": config, inner: handle("inner", { "w.bin": large }) })],
  ["a chosen folder's files", async () => [picked("m/config.json", config), picked("m/inner/w.bin", large)]],
];

describe.each(kinds)("%s", (_, make) => {
  it("gives its files", async () => {
    const source = await openSource(await make());
    expect(await readJson(source, "config.json")).toEqual({});
    expect(await source.stat("inner/w.bin")).toEqual({ size: large.length, etag: expect.any(String) });
    expect(large.equals(await readBytes(source, "inner/w.bin"))).toBe(true);
    for (const [begin, end] of [[0, 1], [7, 7], [1_000_000, 2_500_000]] as const) {
      expect((await drain(await source.read("inner/w.bin", { begin, end }))).equals(large.subarray(begin, end))).toBe(true);
    }
    for (const absent of ["x.json", "inner", "config.json/x", "inner/y"]) expect(await source.stat(absent)).toBeNull();
    expect((await failure(source.read("x.json"))).message).toMatch(/there is no "x.json" in /);
  });

  it("is not left by a path, and ends with its signal", async () => {
    const source = await openSource(await make(), { subfolder: "inner" });
    expect(await source.stat("w.bin")).toMatchObject({ size: large.length });
    for (const path of ["../config.json", "/config.json", "a/../../config.json"]) await expect(source.stat(path)).rejects.toThrow(/plain relative path/);
    const stop = new AbortController();
    const reader = (await source.read("w.bin", { signal: stop.signal })).getReader();
    await reader.read();
    stop.abort();
    await expect(reader.read()).rejects.toMatchObject({ name: "AbortError" });
    await expect(source.stat("w.bin", { signal: stop.signal })).rejects.toMatchObject({ name: "AbortError" });
    const whole = (await source.read("w.bin")).getReader();
    await whole.read();
    await whole.cancel();
    await expect(source.read("w.bin", { begin: 1, end: large.length + 1 })).rejects.toThrow(/not inside "(inner\/)?w.bin"/);
  });
});

describe("a file that", () => {
  it("shrinks while it is read is an error that names it", async () => {
    const path = await folder();
    const source = await openSource(path);
    const reader = (await source.read("inner/w.bin")).getReader();
    await reader.read();
    await truncate(join(path, "inner", "w.bin"), 10);
    expect((await failure(reader.read())).message).toMatch(/"inner\/w\.bin".*ended at byte .* of 6000000/);
  });
});

describe("a folder", () => {
  it("fills memory with a part of a file, and says what is wrong with it", async () => {
    const path = await folder();
    const memory = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length);
    const [whole, inner] = [await openSource(path), await openSource(path, { subfolder: "inner" })];
    for (const [source, file] of [[whole, "inner/w.bin"], [inner, "w.bin"]] as const) {
      const bytes = memory(1_500_000);
      await source.readInto!(bytes, file, 1_000_000);
      expect(large.subarray(1_000_000, 2_500_000).equals(bytes)).toBe(true);
      expect((await failure(source.readInto!(memory(20), file, large.length - 10))).message).toMatch(/w\.bin".*ended at byte 6000000 of 6000010/);
      expect((await failure(source.readInto!(memory(20), "x.bin", 0))).message).toMatch(/cannot read "(inner\/)?x\.bin"/);
      await expect(source.readInto!(memory(20), file, 0, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
    }
    await expect(whole.readInto!(memory(1), "../config.json", 0)).rejects.toThrow(/plain relative path/);
  });
});

describe("files that were picked one by one", () => {
  it("are found by name", async () => {
    const source = await openSource([picked("config.json", config)]);
    expect(await readJson(source, "config.json")).toEqual({});
    await expect(openSource([picked("a/x", config), picked("a/x", config)])).rejects.toThrow(/two of the files given are named "x"/);
    await expect(openSource([])).rejects.toMatchObject({ code: "InputError" });
  });
});

describe("openSource", () => {
  it("passes on an object that is a source", async () => {
    const source = memorySource({ "config.json": config, "inner/config.json": new TextEncoder().encode("[]") });
    expect(await openSource(source)).toBe(source);
    expect(await readJson(await openSource(source, { subfolder: "inner" }), "config.json")).toEqual([]);
  });

  it("takes a folder before the hub for a name that could be either", async () => {
    const path = await temporaryFolder();
    await mkdir(join(path, "owner", "name"), { recursive: true });
    await writeFile(join(path, "owner", "name", "config.json"), "[3]");
    const here = process.cwd();
    process.chdir(path);
    try {
      expect(await readJson(await openSource("owner/name"), "config.json")).toEqual([3]);
    } finally {
      process.chdir(here);
    }
  });

  it("gives a folder of a server, with its query on every file", async () => {
    const server = await FileServer.start();
    try {
      server.files.set("/a b/config.json", Buffer.from("[1]"));
      let query = "";
      server.before = (request) => ((query = new URL(request.url!, server.url).search), false);
      for (const url of [`${server.url}/a b?key=1`, new URL(`${server.url}/a%20b/?key=1`)]) {
        const source = await openSource(url);
        expect(await readJson(source, "config.json")).toEqual([1]);
        expect(query).toBe("?key=1");
        expect(source.name).not.toContain("key");
      }
    } finally {
      await server.stop();
    }
  });

  it("has a checkpoint built in", async () => {
    const source = await openSource("builtin:reader");
    expect(source.name).toBe("builtin:reader");
    expect(await readJson(source, "config.json")).toMatchObject({ model_type: "t5gemma2" });
    expect(await findWeightFiles(source)).toEqual(["model.safetensors"]);
    const { head, size } = await readSafetensorsHead(source, "model.safetensors");
    expect(head.length).toBeLessThan(size);
    expect(() => JSON.parse(new TextDecoder().decode(head.subarray(8)))).not.toThrow();
  });

  it.each([
    ["a name alone", "gpt2"],
    ["an absent folder", "./no/such/folder"],
    ["another protocol", "ftp://example.org/m"],
    ["a user in a URL", "https://user:word@example.org/m"],
    ["another built-in", "builtin:writer"],
    ["an empty name", ""],
    ["a number", 7 as unknown as string],
    ["null", null as unknown as string],
    ["an object", {} as unknown as string],
    ["a list of no files", [1] as unknown as File[]],
  ])("refuses %s", async (_, source) => {
    await expect(openSource(source)).rejects.toMatchObject({ code: "InputError" });
  });

  it("refuses a revision of what has none", async () => {
    for (const source of [await folder(), memorySource({}), "builtin:reader", "http://127.0.0.1:9/m"]) {
      await expect(openSource(source, { revision: "main" })).rejects.toThrow(/"revision" is for repositories of the hub only/);
    }
  });
});
