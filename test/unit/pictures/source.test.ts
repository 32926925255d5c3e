import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError, LoadError } from "../../../ts/errors.js";
import type { LoadPictureOptions } from "../../../ts/processing/picture-download.js";
import type { PictureInput } from "../../../ts/processing/picture-input.js";
import { pictureName } from "../../../ts/processing/picture-name.js";
import { loadPicture } from "../../../ts/processing/picture-source.js";

const BYTES = Uint8Array.of(0x89, 0x50, 0, 255, 128, 10, 13);
const BASE64 = "iVAA/4AKDQ==";

let folder: string;
let path: string;
let server: Server;
let origin: string;
const waiting: ServerResponse[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pictures-"));
  path = join(folder, "a picture #1.png");
  await writeFile(path, BYTES);
  server = createServer((request, response) => {
    if (request.url === "/missing") response.writeHead(404).end("no");
    else if (request.url === "/large") response.writeHead(200, { "content-length": 5000 }).end(Buffer.alloc(5000));
    else if (request.url === "/endless") {
      response.writeHead(200);
      const more = (): unknown => response.destroyed || (response.write(Buffer.alloc(1000)), setTimeout(more, 1));
      more();
    } else if (request.url === "/broken") {
      response.writeHead(200, { "content-length": 100 });
      response.write(BYTES);
      setTimeout(() => response.destroy(), 10);
    } else if (request.url === "/never") waiting.push(response);
    else response.end(BYTES);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

async function bytes(input: PictureInput, options?: LoadPictureOptions): Promise<Uint8Array> {
  const loaded = await loadPicture(input, options);
  if (!("bytes" in loaded)) throw new Error("pixels");
  return loaded.bytes;
}

async function failure(input: unknown, options?: LoadPictureOptions): Promise<Error> {
  return loadPicture(input as PictureInput, options).then(
    () => expect.unreachable("it was taken"),
    (error: unknown) => error as Error,
  );
}

describe("a picture comes from", () => {
  const whole = Uint8Array.of(9, 9, ...BYTES, 9);
  it.each<[string, () => PictureInput]>([
    ["bytes", () => BYTES],
    ["a part of a buffer", () => whole.subarray(2, 2 + BYTES.length)],
    ["a Buffer", () => Buffer.from(BYTES)],
    ["an ArrayBuffer", () => BYTES.slice().buffer],
    ["a Blob", () => new Blob([BYTES])],
    ["a File", () => new File([BYTES], "x.png")],
    ["a path", () => path],
    ["a file URL", () => pathToFileURL(path)],
    ["a file URL as text", () => pathToFileURL(path).href],
    ["an address", () => `${origin}/x.png`],
    ["a URL", () => new URL("/x.png", origin)],
    ["a blob URL", () => URL.createObjectURL(new Blob([BYTES]))],
    ["a data URL", () => `data:image/png;base64,${BASE64}`],
    ["a data URL with parameters", () => new URL(`data:image/png;name=a;base64,${BASE64}`)],
    ["an escaped data URL", () => `data:image/png;base64,${encodeURIComponent(BASE64)}`],
    ["a data URL without base64", () => "data:image/png,%89P%00%ff%80%0A%0D"],
  ])("%s", async (_, input) => {
    expect([...(await bytes(input()))]).toEqual([...BYTES]);
  });

  it("pixels, with the channels of ImageData known", async () => {
    const rgb = { data: new Uint8Array(12), width: 2, height: 2, channels: 3 as const };
    expect(await loadPicture(rgb)).toEqual({ pixels: rgb });
    // Node has no ImageData: one is told by its fields and its clamped bytes.
    const data = new Uint8ClampedArray(16);
    const image = { data, width: 2, height: 2, colorSpace: "srgb" } as ImageData;
    expect(await loadPicture(image)).toEqual({ pixels: { data, width: 2, height: 2, channels: 4 } });
  });

  it("the fetch that was passed", async () => {
    const asked: string[] = [];
    const fake = (async (url: URL) => {
      asked.push(String(url));
      return new Response(BYTES);
    }) as typeof fetch;
    expect([...(await bytes("https://example.org/cat.jpg", { fetch: fake }))]).toEqual([...BYTES]);
    expect(asked).toEqual(["https://example.org/cat.jpg"]);
  });
});

describe("no picture comes from", () => {
  it.each<[string, unknown, RegExp]>([
    ["undefined", undefined, /cannot be undefined; pass a Blob/],
    ["null", null, /cannot be null/],
    ["a number", 3, /cannot be number/],
    ["an object", { url: "x" }, /cannot be object/],
    ["an array", [BYTES], /cannot be array/],
    ["other typed arrays", new Float32Array(3), /cannot be Float32Array/],
    ["an ftp address", new URL("ftp://example.org/x.png"), /addresses with ftp: are not supported/],
    ["a malformed address", "http://", /"http:\/\/" is not an address/],
    ["a data URL without data", "data:image/png;base64", /no comma/],
    ["a data URL that is not base64", "data:image/png;base64,a", /not base64/],
    ["pixels of 2 channels", { data: new Uint8Array(8), width: 2, height: 2, channels: 2 }, /channels must be 1 .* not 2/],
    ["pixels of unknown channels", { data: new Uint8Array(8), width: 2, height: 2 }, /channels must be .* not undefined/],
    ["pixels without a size", { data: new Uint8Array(8), width: 2.5, height: 2, channels: 1 }, /width must be a number of pixels, not 2.5/],
    ["pixels that are floats", { data: new Float32Array(4), width: 2, height: 2, channels: 1 }, /must be a Uint8Array or Uint8ClampedArray, not Float32Array/],
  ])("%s", async (_, input, message) => {
    const error = await failure(input);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^picture: /);
  });

  it.each<[string, () => PictureInput, RegExp]>([
    ["a path where nothing is", () => join(folder, "none.png"), /ENOENT/],
    ["a folder", () => folder, /EISDIR/],
    ["an address that is not found", () => `${origin}/missing`, /HTTP 404/],
    ["a connection that breaks off", () => `${origin}/broken`, /broke off/],
    ["a server that is not there", () => "http://127.0.0.1:9/x.png", /cannot reach 127.0.0.1:9/],
  ])("%s", async (_, input, message) => {
    const error = await failure(input());
    expect(error).toBeInstanceOf(LoadError);
    expect(error.message).toMatch(message);
  });

  it.each<[string, () => PictureInput]>([
    ["bytes", () => new Uint8Array(1001)],
    ["a Blob", () => new Blob([new Uint8Array(1001)])],
    ["an address that says its length", () => `${origin}/large`],
    ["an address without end", () => `${origin}/endless`],
    ["a data URL", () => `data:,${"a".repeat(1001)}`],
  ])("%s beyond the limit", async (_, input) => {
    const error = await failure(input(), { maxBytes: 1000 });
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(/bytes or more, of 1000 at most/);
  });

  it("a call that was aborted", async () => {
    const reason = new Error("enough");
    for (const input of [BYTES, path, new Blob([BYTES]), `${origin}/x.png`]) {
      expect(await failure(input, { signal: AbortSignal.abort(reason) })).toBe(reason);
    }
    const controller = new AbortController();
    const failed = failure(`${origin}/never`, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 20);
    expect(await failed).toBe(reason);
    const timeout = await failure(`${origin}/never`, { signal: AbortSignal.timeout(20) });
    expect(timeout.name).toBe("TimeoutError");
  });
});

it("is named in messages without secrets", () => {
  expect(pictureName("cat.png")).toBe("cat.png");
  expect(pictureName(new URL("https://me:secret@example.org/cat.png?token=secret#x"))).toBe("https://example.org/cat.png");
  expect(pictureName(new File([], "dog.gif"))).toBe("dog.gif");
  expect(pictureName(`data:image/png;base64,${BASE64}`)).toBeUndefined();
  expect(pictureName(BYTES)).toBeUndefined();
  expect(pictureName(`/${"x".repeat(200)}.png`)).toHaveLength(80);
});
