import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One way in which a server can lie or fail. Unset: it answers well. */
export interface Fault {
  /** Answer with this status and no file. */
  status?: number;
  headers?: Record<string, string>;
  /** Send the whole file with status 200, whatever range was asked for. */
  ignoreRange?: boolean;
  /** Content-Range to send instead of the true one. */
  contentRange?: string;
  /** Close the connection after so many bytes of the body. */
  dropAfter?: number;
  /** Send this many bytes and then nothing, with the connection left open. */
  stallAfter?: number;
  /** Send the body without its length. */
  chunked?: boolean;
  /** End the connection before any answer. */
  refuse?: boolean;
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  /** Whether the client closed the connection before the answer was sent whole. */
  aborted: boolean;
}

/** A server on this machine that serves files by ranges, and can be told to do so badly. */
export class FileServer {
  readonly files = new Map<string, Buffer>();
  readonly seen: Seen[] = [];
  /** Called for each request that is for bytes; `count` is how many came for the path before. */
  fault: (path: string, count: number, range: string | undefined) => Fault | undefined = () => undefined;
  /** Extra headers of a good answer. */
  headers: (path: string) => Record<string, string> = () => ({});
  /** Handles a request before all else, if it gives true. */
  before: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  readonly #server: Server;
  readonly #counts = new Map<string, number>();

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(): Promise<FileServer> {
    const server = new FileServer();
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** The requests for bytes of a path, but for the first byte alone. */
  reads(path: string): Seen[] {
    return this.seen.filter((seen) => seen.path === path && seen.range !== "bytes=0-0");
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(new URL(request.url!, "http://localhost").pathname);
    const { range, authorization } = request.headers;
    const seen: Seen = { method: request.method!, path, range, authorization, aborted: false };
    this.seen.push(seen);
    response.on("close", () => (seen.aborted = !response.writableFinished));
    if (this.before(request, response)) return;
    const count = this.#counts.get(path) ?? 0;
    this.#counts.set(path, count + 1);
    const fault = this.fault(path, count, range) ?? {};
    if (fault.refuse) return void request.socket.destroy();
    if (fault.status !== undefined) return void response.writeHead(fault.status, fault.headers).end();
    const file = this.files.get(path);
    if (file === undefined) return void response.writeHead(404).end("no such file");
    this.#send(request, response, path, file, fault);
  }

  #send(request: IncomingMessage, response: ServerResponse, path: string, file: Buffer, fault: Fault): void {
    const headers: Record<string, string | number> = { etag: `"${createHash("md5").update(file).digest("hex")}"`, ...this.headers(path), ...fault.headers };
    let body = file;
    let status = 200;
    const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    if (match !== null && fault.ignoreRange !== true) {
      const [begin, last] = [Number(match[1]), Math.min(Number(match[2]), file.length - 1)];
      if (begin >= file.length) return void response.writeHead(416, { "content-range": `bytes */${file.length}` }).end();
      status = 206;
      body = file.subarray(begin, last + 1);
      headers["content-range"] = fault.contentRange ?? `bytes ${begin}-${last}/${file.length}`;
    }
    if (fault.chunked !== true) headers["content-length"] = body.length;
    response.writeHead(status, headers);
    if (request.method === "HEAD") return void response.end();
    const cut = fault.dropAfter ?? fault.stallAfter;
    if (cut === undefined || cut >= body.length) return void response.end(body);
    response.write(body.subarray(0, cut), () => {
      // Destroyed a little later, so that what was written arrives.
      if (fault.dropAfter !== undefined) setTimeout(() => response.destroy(), 20);
    });
  }
}

/** Bytes that differ everywhere, the same for the same seed. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** All bytes of a stream. */
export async function drain(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
