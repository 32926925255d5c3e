import { InputError } from "../errors.js";
import { openBrowserStore } from "./browser-store.js";
import { type CacheOption, type CacheStore, type RepositoryCache, StoreCache } from "./cache.js";
import { hasFileSystem } from "./host.js";
import { TolerantCache } from "./tolerant-cache.js";

/** What is to be cached: a repository of a hub, or the files under a URL. */
export type CacheScope =
  | { readonly repository: string; readonly host: string }
  | { readonly url: string };

/**
 * The cache that the option asks for; null for none.
 * @throws InputError for an option that is none of the three
 */
export async function openCache(option: CacheOption, scope: CacheScope, warn: (message: string) => void): Promise<TolerantCache | null> {
  if (option === false) return null;
  const cache = option === "auto" ? await openAutomatic(scope, warn) : new StoreCache(checkStore(option), storeScope(scope));
  return cache && new TolerantCache(cache, warn);
}

async function openAutomatic(scope: CacheScope, warn: (message: string) => void): Promise<RepositoryCache | null> {
  if (!hasFileSystem()) {
    const store = await openBrowserStore();
    if (!("missing" in store)) return new StoreCache(store, storeScope(scope));
    warn(`downloads are not kept: ${store.missing}`);
    return null;
  }
  // The layout of that folder has a place for repositories only.
  if ("url" in scope) return null;
  try {
    const { HfCache, hfCacheRoot } = await import("./node/hf-cache.js");
    return new HfCache(hfCacheRoot(), scope.repository);
  } catch (error) {
    // Deno asks for a permission to know the home folder.
    warn(`downloads are not kept: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

function storeScope(scope: CacheScope): string {
  return "url" in scope ? `urls/${encodeURIComponent(scope.url)}` : `models/${encodeURIComponent(scope.host)}/${scope.repository}`;
}

function checkStore(store: unknown): CacheStore {
  const methods = ["get", "put", "delete", "keys"] as const;
  if (typeof store === "object" && store !== null && methods.every((name) => typeof (store as Record<string, unknown>)[name] === "function")) {
    return store as CacheStore;
  }
  throw new InputError('the option "cache" must be "auto", false, or an object with the methods get, put, delete and keys', { details: { option: "cache" } });
}
