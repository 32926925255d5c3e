/** File-system helpers. Node's modules are asked for at run time, so that no browser bundle sees their names as imports. */
export const fs = process.getBuiltinModule("node:fs/promises");
export const { createHash, randomUUID } = process.getBuiltinModule("node:crypto");
export const { basename, dirname, join, relative, resolve } = process.getBuiltinModule("node:path");
export const { homedir } = process.getBuiltinModule("node:os");
export const { fileURLToPath } = process.getBuiltinModule("node:url");

/** The error codes that say that there is nothing under a path. */
const ABSENT = new Set(["ENOENT", "ENOTDIR", "EISDIR"]);

/** What `call` gives, or null if the path it works on does not exist. */
export async function orNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (ABSENT.has((error as { code?: string }).code ?? "")) return null;
    throw error;
  }
}

/** The size of a file, or null if there is none (or a folder) under the path. */
export async function fileSize(path: string): Promise<number | null> {
  const stats = await orNull(fs.stat(path));
  return stats?.isFile() === true ? stats.size : null;
}

/**
 * Makes a file appear under `path` complete or not at all: it is written under a unique name in the same folder and renamed
 * at the end. Without that, a reader, another process or a later run could meet half of it.
 */
export async function publish(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  await fs.mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.incomplete`;
  try {
    await write(temporary);
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/** Bytes `[begin, end)` of a file; fewer if it is shorter. */
export async function readPart(path: string, begin: number, end: number): Promise<Uint8Array> {
  const file = await fs.open(path, "r");
  try {
    const bytes = new Uint8Array(end - begin);
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, begin + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await file.close();
  }
}
