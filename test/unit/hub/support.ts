import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect } from "vitest";
import type { CacheStore, ModelSource, ProgressEvent } from "../../../ts/hub/index.js";
import { LoadError } from "../../../ts/errors.js";

/** The LoadError that a call must end with. */
export async function failure(promise: Promise<unknown>): Promise<LoadError> {
  const error = await promise.then(() => expect.unreachable("it did not fail"), (reason: unknown) => reason);
  expect(error).toBeInstanceOf(LoadError);
  return error as LoadError;
}

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "t5gemma2-hub-"));
  folders.push(folder);
  return folder;
}

/** A store in memory. */
export class MapStore implements CacheStore {
  readonly map = new Map<string, Uint8Array>();

  get(key: string): Promise<Uint8Array | null> {
    return Promise.resolve(this.map.get(key) ?? null);
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    this.map.set(key, bytes.slice());
    return Promise.resolve();
  }

  delete(key: string): Promise<void> {
    this.map.delete(key);
    return Promise.resolve();
  }

  keys(prefix: string): Promise<readonly string[]> {
    return Promise.resolve([...this.map.keys()].filter((key) => key.startsWith(prefix)));
  }
}

/** A source of files in memory, whose reads come in pieces of `pieceBytes`. */
export function memorySource(files: Record<string, Uint8Array>, pieceBytes = 7): ModelSource & { reads: string[]; inFlight: number; most: number } {
  return {
    name: "memory",
    reads: [],
    inFlight: 0,
    most: 0,
    stat: (path) => Promise.resolve(path in files ? { size: files[path]!.length } : null),
    async read(path, { begin = 0, end = files[path]!.length, signal } = {}) {
      this.reads.push(`${path} ${begin}-${end}`);
      this.most = Math.max(this.most, ++this.inFlight);
      let position = begin;
      const leave = (): void => void this.inFlight--;
      return new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            await new Promise((resolve) => setTimeout(resolve, 1));
            if (signal?.aborted) {
              leave();
              throw signal.reason;
            }
            const until = Math.min(position + pieceBytes, end);
            if (until > position) controller.enqueue(files[path]!.slice(position, until));
            position = until;
            if (position < end) return;
            leave();
            controller.close();
          },
          cancel: leave,
        },
        { highWaterMark: 0 },
      );
    },
  };
}

/** Checks what {@link ProgressEvent} promises, for each file of a list of events. */
export function expectLawful(events: readonly ProgressEvent[], totals: Record<string, number>): void {
  const files = events.filter(({ status }) => status !== "warning" && status !== "ready");
  expect(new Set(files.map(({ file }) => file))).toEqual(new Set(Object.keys(totals)));
  for (const [file, total] of Object.entries(totals)) {
    const own = files.filter((event) => event.file === file);
    expect(own.map(({ status }) => status).filter((status) => status !== "progress")).toEqual(["initiate", "download", "done"]);
    expect([own[0]!.status, own[1]!.status, own.at(-1)!.status]).toEqual(["initiate", "download", "done"]);
    let loaded = 0;
    for (const event of own) {
      if (event.status === "download" || event.status === "done") expect(event.total).toBe(total);
      if (event.status !== "progress") continue;
      expect(event.total).toBe(total);
      expect(event.loaded).toBeGreaterThanOrEqual(loaded);
      loaded = event.loaded;
    }
    expect(loaded).toBe(total);
  }
}
