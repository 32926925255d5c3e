import { DeviceError } from "../errors.js";
import type { Streamer } from "../generation/options.js";
import type { ProgressListener } from "../hub/index.js";
import { pack, unpack, unpackError } from "./codec.js";
import { startWorker, type WorkerPort } from "./port.js";
import type { Calls, Command, Handle, Reply, Streams } from "./protocol.js";

/** What stays on the page's side of a call. */
export interface CallListeners {
  signal?: AbortSignal | undefined;
  onProgress?: ProgressListener | undefined;
  streamer?: Streamer | undefined;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly listeners: CallListeners;
}

/** Ends a stream: told apart from all items. */
const END = Symbol("end");

/** Talks to one worker. No promise of it stays pending: when the worker ends, all are rejected. */
export class WorkerClient {
  readonly #port: WorkerPort;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #end: DeviceError | undefined;

  constructor() {
    this.#port = startWorker({ onMessage: (message) => this.#take(message as Reply), onEnd: (error) => this.#finish(error) });
    this.#port.keepAlive(false);
  }

  /** Whether the worker has ended. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** One call, one result. */
  async call<M extends keyof Calls>(method: M, args: Calls[M]["args"], listeners: CallListeners = {}): Promise<Calls[M]["result"]> {
    const { signal, streamer } = listeners;
    signal?.throwIfAborted();
    const id = this.#nextId++;
    const command = { type: "call", id, method, args: pack(args, method), puts: streamer !== undefined } as Command;
    try {
      return (await this.#withSignal(id, signal, () => this.#ask(id, listeners, command))) as Calls[M]["result"];
    } finally {
      await streamer?.end();
    }
  }

  /** One call, items when asked for. */
  async *stream<M extends keyof Streams>(
    method: M,
    args: Streams[M]["args"],
    { signal, streamer }: CallListeners = {},
  ): AsyncGenerator<Streams[M]["item"], void, undefined> {
    signal?.throwIfAborted();
    const id = this.#nextId++;
    const abort = (): void => this.#send({ type: "abort", id });
    const begin = { type: "stream", id, method, args: pack(args, method) } as Command;
    let command: Command = begin;
    signal?.addEventListener("abort", abort);
    let isOver = false;
    try {
      for (;;) {
        const item = await this.#ask(id, { streamer }, command);
        if (item === END) {
          isOver = true;
          return;
        }
        yield item as Streams[M]["item"];
        command = { type: "next", id };
      }
    } catch (error) {
      isOver = true;
      throw signal?.aborted === true ? signal.reason : error;
    } finally {
      signal?.removeEventListener("abort", abort);
      if (!isOver) this.#send({ type: "return", id });
      await streamer?.end();
    }
  }

  /** Lets go of something in the worker. */
  dispose(handle: Handle): void {
    this.#send({ type: "dispose", handle });
  }

  /** Ends the worker; what is pending is rejected. */
  terminate(): void {
    this.#port.terminate();
    this.#finish(new DeviceError("the worker was terminated"));
  }

  async #withSignal(id: number, signal: AbortSignal | undefined, work: () => Promise<unknown>): Promise<unknown> {
    const abort = (): void => this.#send({ type: "abort", id });
    signal?.addEventListener("abort", abort);
    try {
      return await work();
    } catch (error) {
      // The worker's own reason is a copy at best.
      throw signal?.aborted === true && (error as Error).name === "AbortError" ? signal.reason : error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  #ask(id: number, listeners: CallListeners, command: Command): Promise<unknown> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, listeners });
      this.#port.keepAlive(true);
      try {
        this.#port.post(command);
      } catch (error) {
        this.#settle(id)?.reject(error);
      }
    });
  }

  #send(command: Command): void {
    if (this.#end === undefined) this.#port.post(command);
  }

  #take(reply: Reply): void {
    if (reply.type === "progress") {
      this.#pending.get(reply.id)?.listeners.onProgress?.(reply.event);
    } else if (reply.type === "put") {
      this.#put(reply.id, reply.added);
    } else {
      const pending = this.#settle(reply.id);
      if (reply.type === "error") pending?.reject(unpackError(reply.error));
      else pending?.resolve(reply.type === "end" ? END : unpack(reply.value));
    }
  }

  /** A streamer that fails ends its call, as it does without a worker. */
  #put(id: number, added: readonly (readonly number[])[]): void {
    const streamer = this.#pending.get(id)?.listeners.streamer;
    const fail = (error: unknown): void => {
      this.#send({ type: "abort", id });
      this.#settle(id)?.reject(error);
    };
    Promise.resolve()
      .then(() => streamer?.put(added))
      .catch(fail);
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#port.keepAlive(false);
    return pending;
  }

  #finish(error: DeviceError): void {
    this.#end ??= error;
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(this.#end);
  }
}
