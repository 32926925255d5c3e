import { InputError, LoadError } from "../errors.js";
import { pictureName } from "./picture-name.js";

/** How a picture is read from where it is. */
export interface LoadPictureOptions {
  /** Replaces the global `fetch` for http(s) addresses. */
  fetch?: typeof fetch | undefined;
  signal?: AbortSignal | undefined;
  /** The most bytes that a file may have; 256 MiB by default. */
  maxBytes?: number | undefined;
}

/**
 * The bytes at an address, as long as they are no more than allowed.
 *
 * @throws LoadError if the server can't be reached, refuses, or breaks off; InputError if there are too many bytes
 */
export async function downloadPicture(url: URL, maxBytes: number, { fetch = globalThis.fetch, signal }: LoadPictureOptions): Promise<Uint8Array> {
  const details = { file: pictureName(url) };
  let response: Response;
  try {
    response = await fetch(url, signal === undefined ? {} : { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new LoadError(`picture: cannot reach ${url.host || url.protocol}; check the network and the address`, { cause, details });
  }
  if (!response.ok) {
    await response.body?.cancel().catch(() => {});
    throw new LoadError(`picture: the server answered HTTP ${response.status}`, { details: { ...details, status: response.status } });
  }
  const declared = Number(response.headers.get("content-length"));
  if (declared > maxBytes) {
    await response.body?.cancel().catch(() => {});
    throw tooLarge(declared, maxBytes);
  }
  try {
    return await readAll(response, maxBytes);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof TooMany) throw tooLarge(cause.size, maxBytes);
    throw new LoadError("picture: the connection broke off", { cause, details });
  }
}

/** The error of a file that is too large. */
export function tooLarge(size: number, maxBytes: number): InputError {
  return new InputError(`picture: the file has ${size} bytes or more, of ${maxBytes} at most`, { details: { size, maxBytes } });
}

class TooMany extends Error {
  constructor(readonly size: number) {
    super();
  }
}

async function readAll(response: Response, maxBytes: number): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array(await response.arrayBuffer());
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > maxBytes) {
      await reader.cancel().catch(() => {});
      throw new TooMany(size);
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  let position = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, position);
    position += chunk.length;
  }
  return bytes;
}
