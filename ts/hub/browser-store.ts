import type { CacheStore } from "./cache.js";

/** Requests to this name are never made: it only makes keys into the addresses that the Cache API wants. */
const ORIGIN = "https://t5gemma2-cache.invalid/";

/**
 * The browser's store. The Cache API rather than OPFS: its `put` keeps a whole response or nothing by specification, so there is
 * no temporary name to invent and nothing half-written to clean up; it works in windows and in workers of every browser, while
 * OPFS can be written from a window only in some; and random access, which OPFS would add, is not needed for parts.
 */
class CacheApiStore implements CacheStore {
  readonly #cache: Cache;

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  async get(key: string): Promise<Uint8Array | null> {
    const response = await this.#cache.match(ORIGIN + escape(key));
    return response === undefined ? null : new Uint8Array(await response.arrayBuffer());
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#cache.put(ORIGIN + escape(key), new Response(bytes as Uint8Array<ArrayBuffer>));
  }

  async delete(key: string): Promise<void> {
    await this.#cache.delete(ORIGIN + escape(key));
  }

  async keys(prefix: string): Promise<readonly string[]> {
    const requests = await this.#cache.keys();
    return requests.map(({ url }) => unescape(url.slice(ORIGIN.length))).filter((key) => key.startsWith(prefix));
  }
}

/** One component, so that no key is changed by the rules of URLs (`%2F`, `..`). */
function escape(key: string): string {
  return encodeURIComponent(key);
}

function unescape(component: string): string {
  return decodeURIComponent(component);
}

/**
 * Opens the browser's store, named `"t5gemma2"` in `caches`; deleting that empties it.
 * @returns the store, or why there is none: an insecure page, private browsing
 */
export async function openBrowserStore(): Promise<CacheStore | { readonly missing: string }> {
  if (!("caches" in globalThis)) return { missing: "this page has no Cache API, as it was not loaded over https" };
  try {
    return new CacheApiStore(await caches.open("t5gemma2"));
  } catch (cause) {
    return { missing: `the browser refuses the Cache API: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}
