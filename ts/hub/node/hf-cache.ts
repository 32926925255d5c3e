import { LoadError } from "../../errors.js";
import { type CachedFile, formatStat, type KnownFile, parseStat, partCount, PART_BYTES, partLength, type RepositoryCache } from "../cache.js";
import { environment } from "../host.js";
import { InFlight } from "../in-flight.js";
import { basename, createHash, dirname, fileSize, fs, homedir, join, orNull, publish, readPart, relative } from "./files.js";

/** The folder that Hugging Face's libraries keep repositories in, by the same variables. */
export function hfCacheRoot(): string {
  return environment("HF_HUB_CACHE") ?? environment("HUGGINGFACE_HUB_CACHE") ?? join(hfHome(), "hub");
}

function hfHome(): string {
  return environment("HF_HOME") ?? join(environment("XDG_CACHE_HOME") ?? join(homedir(), ".cache"), "huggingface");
}

/**
 * One repository in Hugging Face's cache folder, shared with Python: `refs/<revision>` names a commit,
 * `snapshots/<commit>/<path>` links to `blobs/<etag>`, `.no_exist/<commit>/<path>` says that a commit has no such file.
 *
 * A blob is there whole or not at all. Parts of a file that is not complete lie in a folder of our own beside them,
 * `.t5gemma2/`, which Python's scan passes over and its `delete` takes along; the last part turns them into the blob. Files of
 * one part become blobs at once. (`@huggingface/hub` writes this layout, too, but only whole files, without abort or progress,
 * and under temporary names that two processes share; for the names of two folders it is too large to ship.)
 */
export class HfCache implements RepositoryCache {
  readonly #folder: string;
  readonly #joining = new InFlight<void>();

  /**
   * @param root {@link hfCacheRoot}
   * @param repository `"owner/name"`
   */
  constructor(root: string, repository: string) {
    this.#folder = join(root, `models--${repository.replace("/", "--")}`);
  }

  async ref(revision: string): Promise<string | null> {
    const text = await orNull(fs.readFile(join(this.#folder, "refs", ...revision.split("/")), "utf8"));
    const commit = text?.trim() ?? "";
    return /^[0-9a-f]{40}$/.test(commit) ? commit : null;
  }

  async setRef(revision: string, commit: string): Promise<void> {
    if ((await this.ref(revision)) === commit) return;
    await this.#prepare();
    await publish(join(this.#folder, "refs", ...revision.split("/")), (path) => fs.writeFile(path, commit));
  }

  async stat(commit: string, path: string): Promise<KnownFile | "absent" | null> {
    const whole = this.#snapshot(commit, path);
    const size = await fileSize(whole);
    if (size !== null) return { size, etag: basename(await fs.realpath(whole)), hashed: false };
    if ((await fileSize(this.#noExist(commit, path))) !== null) return "absent";
    const text = await orNull(fs.readFile(this.#statFile(commit, path), "utf8"));
    return text === null ? null : parseStat(text);
  }

  async setStat(commit: string, path: string, file: CachedFile | "absent"): Promise<void> {
    await this.#prepare();
    if (file === "absent") return publish(this.#noExist(commit, path), (temporary) => fs.writeFile(temporary, ""));
    if (!isFileName(file.etag)) return;
    // Another commit may have brought the same content.
    if ((await fileSize(this.#blob(file))) === file.size) return this.#link(file);
    await publish(this.#statFile(commit, path), (temporary) => fs.writeFile(temporary, formatStat(file)));
  }

  async part(file: CachedFile, index: number): Promise<Uint8Array | null> {
    const length = partLength(file.size, index);
    const whole = this.#snapshot(file.commit, file.path);
    if ((await fileSize(whole)) === file.size) {
      const begin = index * PART_BYTES;
      const bytes = await readPart(whole, begin, begin + length);
      return bytes.length === length ? bytes : null;
    }
    if (!isFileName(file.etag)) return null;
    const part = join(this.#parts(file), String(index));
    return (await fileSize(part)) === length ? new Uint8Array(await fs.readFile(part)) : null;
  }

  async putPart(file: CachedFile, index: number, bytes: Uint8Array): Promise<void> {
    if (!isFileName(file.etag)) return;
    await this.#prepare();
    if (partCount(file.size) === 1) return this.#complete(file, [bytes]);
    await publish(join(this.#parts(file), String(index)), (path) => fs.writeFile(path, bytes));
    if (!(await this.#hasAllParts(file))) return;
    // Parts that are put at the same time may all find themselves the last.
    await this.#joining.run(file.etag, undefined, async () => {
      if ((await fileSize(this.#blob(file))) !== file.size) await this.#complete(file, this.#readParts(file));
    });
  }

  /** Python's scan counts a repository without this folder as corrupt. */
  async #prepare(): Promise<void> {
    await fs.mkdir(join(this.#folder, "snapshots"), { recursive: true });
  }

  async #hasAllParts(file: CachedFile): Promise<boolean> {
    const names = new Set(await orNull(fs.readdir(this.#parts(file))));
    for (let index = 0; index < partCount(file.size); index++) {
      if (!names.has(String(index))) return false;
    }
    return true;
  }

  async *#readParts(file: CachedFile): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < partCount(file.size); index++) yield fs.readFile(join(this.#parts(file), String(index)));
  }

  /** Writes the blob, checks size and hash, gives it its name, links it, and drops the parts: verified, they are not needed; refuted, they are wrong. */
  async #complete(file: CachedFile, parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    try {
      await publish(this.#blob(file), async (temporary) => {
        const hash = createHash("sha256");
        let size = 0;
        const output = await fs.open(temporary, "wx");
        try {
          for await (const part of parts) {
            hash.update(part);
            size += part.length;
            await output.writeFile(part);
          }
          await output.sync();
        } finally {
          await output.close();
        }
        this.#check(file, size, hash.digest("hex"));
      });
      await this.#link(file);
    } catch (error) {
      if (error instanceof LoadError) await this.#dropParts(file);
      throw error;
    }
    await this.#dropParts(file);
  }

  #check(file: CachedFile, size: number, sha256: string): void {
    if (size === file.size && (!file.hashed || sha256 === file.etag)) return;
    const found = size === file.size ? `its SHA-256 is ${sha256}, not ${file.etag}` : `it has ${size} bytes, not ${file.size}`;
    throw new LoadError(`"${file.path}" was not transferred right: ${found}; nothing of it was kept, load again`, {
      details: { file: file.path, expected: file.etag, found: sha256, size },
    });
  }

  async #dropParts(file: CachedFile): Promise<void> {
    await fs.rm(this.#parts(file), { recursive: true, force: true });
    await fs.rm(this.#statFile(file.commit, file.path), { force: true });
  }

  /** As a relative symbolic link, or a copy where the system has none. */
  async #link(file: CachedFile): Promise<void> {
    const blob = this.#blob(file);
    const pointer = this.#snapshot(file.commit, file.path);
    if ((await fileSize(pointer)) === file.size) return;
    await publish(pointer, async (temporary) => {
      try {
        await fs.symlink(relative(dirname(pointer), blob), temporary);
      } catch (error) {
        if ((error as { code?: string }).code === "ENOSPC") throw error;
        await fs.copyFile(blob, temporary);
      }
    });
  }

  #snapshot(commit: string, path: string): string {
    return join(this.#folder, "snapshots", commit, ...path.split("/"));
  }

  #noExist(commit: string, path: string): string {
    return join(this.#folder, ".no_exist", commit, ...path.split("/"));
  }

  #statFile(commit: string, path: string): string {
    return join(this.#folder, ".t5gemma2", "files", commit, ...`${path}.json`.split("/"));
  }

  #blob({ etag }: CachedFile): string {
    return join(this.#folder, "blobs", etag);
  }

  #parts({ etag }: CachedFile): string {
    return join(this.#folder, ".t5gemma2", "parts", etag);
  }
}

/** An ETag comes from a server: one that could lead out of the folder, which no hub gives, has its file not kept. */
function isFileName(etag: string): boolean {
  return /^[\w-][\w.-]{0,127}$/.test(etag);
}
