import { LoadError } from "../errors.js";
import type { CachedFile, KnownFile, RepositoryCache } from "./cache.js";

/**
 * A cache whose failures (disk full, not permitted, a store that rejects) do not end the load: each way of using it, reading and
 * writing, is given up at its first failure, with one warning. What it finds wrong with a file itself is thrown, as LoadError.
 */
export class TolerantCache implements RepositoryCache {
  readonly #cache: RepositoryCache;
  readonly #warn: (message: string) => void;
  readonly #givenUp = new Set<string>();

  constructor(cache: RepositoryCache, warn: (message: string) => void) {
    this.#cache = cache;
    this.#warn = warn;
  }

  ref(revision: string): Promise<string | null> {
    return this.#try("read", () => this.#cache.ref(revision), null);
  }

  setRef(revision: string, commit: string): Promise<void> {
    return this.#try("written", () => this.#cache.setRef(revision, commit), undefined);
  }

  stat(commit: string, path: string): Promise<KnownFile | "absent" | null> {
    return this.#try("read", () => this.#cache.stat(commit, path), null);
  }

  setStat(commit: string, path: string, file: CachedFile | "absent"): Promise<void> {
    return this.#try("written", () => this.#cache.setStat(commit, path, file), undefined);
  }

  part(file: CachedFile, index: number): Promise<Uint8Array | null> {
    return this.#try("read", () => this.#cache.part(file, index), null);
  }

  putPart(file: CachedFile, index: number, bytes: Uint8Array): Promise<void> {
    return this.#try("written", () => this.#cache.putPart(file, index, bytes), undefined);
  }

  async #try<T>(use: "read" | "written", call: () => Promise<T>, otherwise: T): Promise<T> {
    if (this.#givenUp.has(use)) return otherwise;
    try {
      return await call();
    } catch (error) {
      if (error instanceof LoadError) throw error;
      if (!this.#givenUp.has(use)) {
        this.#givenUp.add(use);
        const reason = error instanceof Error ? error.message : String(error);
        this.#warn(`the cache cannot be ${use}, so loading goes on without it: ${reason}`);
      }
      return otherwise;
    }
  }
}
