/** Where this test runs. */
export const runtime: "node" | "browser" | "deno" = "Deno" in globalThis ? "deno" : "window" in globalThis ? "browser" : "node";

/** The devices that every runtime test goes through. */
export const devices = ["wasm", "webgpu"] as const;

const root = new URL("../../", import.meta.url);

/** The URL of a file or folder, by its path from the repository's root: `http:` in the browser, `file:` elsewhere. */
export function fixtureUrl(path: string): URL {
  return runtime === "browser" ? new URL(`/${path}`, location.origin) : new URL(path, root);
}

/** What `fromPretrained` takes for a checkpoint's folder: a URL in the browser, a path elsewhere. */
export function fixtureSource(path: string): string {
  const url = fixtureUrl(path);
  return runtime === "browser" ? url.href : decodeURIComponent(url.pathname);
}

/** A file's bytes, by its path from the repository's root; throws if there is no such file. */
export async function readFixture(path: string): Promise<Uint8Array<ArrayBuffer>> {
  if (runtime === "browser") {
    const response = await fetch(fixtureUrl(path));
    // The test server answers a missing file with its own page.
    if (!response.ok || response.headers.get("content-type")?.startsWith("text/html")) throw new Error(`no fixture ${path}`);
    return new Uint8Array(await response.arrayBuffer());
  }
  const { readFile } = await import(/* @vite-ignore */ "node:fs/promises");
  return new Uint8Array(await readFile(fixtureUrl(path)));
}

/** A text file's content. */
export async function readFixtureText(path: string): Promise<string> {
  return new TextDecoder().decode(await readFixture(path));
}

/** A JSON file's content; the caller says what it holds. */
export async function readFixtureJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFixtureText(path)) as T;
}
