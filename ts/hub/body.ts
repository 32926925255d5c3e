import { orAbort } from "./in-flight.js";

/** A connection that brings no byte for so long, in milliseconds, counts as broken: without this, some never end. */
const STALL_MS = 60_000;

/** A response's body, read in pieces of any wanted size, that knows where in the file it is. */
export class Body {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #failed: (cause: unknown) => Error;
  readonly #stallMs: number;
  #rest: Uint8Array = new Uint8Array(0);

  /**
   * @param position offset in the file of the body's first byte
   * @param failed makes the error of a body that breaks off
   */
  constructor(
    stream: ReadableStream<Uint8Array>,
    public position: number,
    failed: (cause: unknown) => Error,
    stallMs = STALL_MS,
  ) {
    this.#reader = stream.getReader();
    this.#failed = failed;
    this.#stallMs = stallMs;
  }

  /** The next bytes, one to `limit` of them, or null at the end. */
  async next(limit: number): Promise<Uint8Array | null> {
    while (this.#rest.length === 0) {
      let result: ReadableStreamReadResult<Uint8Array>;
      try {
        result = await this.#read();
      } catch (cause) {
        throw this.#failed(cause);
      }
      if (result.done) return null;
      this.#rest = result.value;
    }
    const bytes = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(limit);
    this.position += bytes.length;
    return bytes;
  }

  async #read(): Promise<ReadableStreamReadResult<Uint8Array>> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stalled = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no bytes came for ${this.#stallMs / 1000} s`)), this.#stallMs);
    });
    try {
      return await Promise.race([this.#reader.read(), stalled]);
    } finally {
      clearTimeout(timer);
    }
  }

  cancel(): void {
    this.#rest = new Uint8Array(0);
    this.#reader.cancel().catch(() => {});
  }
}

/** How long an unfinished body waits for the next piece to be asked for, before its connection is closed. */
const IDLE_MS = 5_000;

/**
 * The body of a server that knows no ranges and always sends the whole file. It is kept between pieces that are asked for in
 * file order, so that reading a file piece by piece is one transfer, not one for each piece.
 */
export class KeptBody {
  readonly #open: (signal: AbortSignal) => Promise<Body>;
  #body: Body | undefined;
  #stop: AbortController | undefined;
  #turn: Promise<void> = Promise.resolve();
  #idle: ReturnType<typeof setTimeout> | undefined;

  /** @param open starts at the file's first byte; the signal ends the transfer */
  constructor(open: (signal: AbortSignal) => Promise<Body>) {
    this.#open = open;
  }

  /** Lends the body, at `position` or before, to one user after the other. */
  async use(position: number, signal: AbortSignal | undefined, work: (body: Body) => Promise<void>): Promise<void> {
    const turn = this.#turn;
    let release: (() => void) | undefined;
    this.#turn = new Promise((resolve) => (release = resolve));
    try {
      await orAbort(turn, signal);
      clearTimeout(this.#idle);
      try {
        const body = await orAbort(this.#at(position), signal);
        await orAbort(work(body), signal);
      } catch (error) {
        this.#close();
        throw error;
      }
      this.#idle = setTimeout(() => this.#close(), IDLE_MS);
      // Where timers keep the process alive, this one must not.
      (this.#idle as { unref?: () => void }).unref?.();
    } finally {
      // Also one who left the queue may let the next in only after those before.
      void turn.then(release);
    }
  }

  async #at(position: number): Promise<Body> {
    if (this.#body !== undefined && this.#body.position <= position) return this.#body;
    this.#close();
    this.#stop = new AbortController();
    return (this.#body = await this.#open(this.#stop.signal));
  }

  #close(): void {
    this.#body?.cancel();
    this.#stop?.abort();
    this.#body = this.#stop = undefined;
  }
}
