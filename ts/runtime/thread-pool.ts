import { DeviceError } from "../errors.js";
import type { ThreadedGlue } from "./glue.js";
import type { WasmInstance } from "./instance.js";
import { startThread, type Thread } from "./thread-port.js";

/**
 * The threads of one instance, besides the one it was made on. They run while somebody uses them; idle, they sleep inside
 * wasm. When the instance ends, they do.
 */
export class ThreadPool {
  readonly #instance: WasmInstance<ThreadedGlue>;
  readonly #count: number;
  readonly #glue: string;
  #users = 0;
  #running: Promise<readonly Thread[]> | undefined;

  /** @param count threads besides the instance's own; @param glue the address of the bindings */
  constructor(instance: WasmInstance<ThreadedGlue>, count: number, glue: string) {
    this.#instance = instance;
    this.#count = count;
    this.#glue = glue;
    instance.call((glue) => glue.setMayWait(mayWait()));
    instance.onEnd(() => this.#end());
  }

  /**
   * Starts the threads unless they run.
   *
   * @returns what a user calls, once, when it needs them no longer
   * @throws DeviceError if one does not start
   */
  async use(): Promise<() => void> {
    this.#users += 1;
    let inUse = true;
    const leave = (): void => {
      if (inUse) this.#leave();
      inUse = false;
    };
    const running = (this.#running ??= this.#start());
    try {
      await running;
    } catch (cause) {
      leave();
      const said = cause instanceof Error ? cause.message : String(cause);
      throw new DeviceError(`the threads do not start: ${said}`, { cause });
    }
    return leave;
  }

  async #start(): Promise<readonly Thread[]> {
    const { module, memory } = this.#instance;
    const flag = [...this.#instance.call((glue) => glue.failureFlag())];
    const starts = Array.from({ length: this.#count }, () => startThread({ module, memory, glue: this.#glue, flag }));
    const settled = await Promise.allSettled(starts);
    const threads = settled.flatMap((thread) => (thread.status === "fulfilled" ? [thread.value] : []));
    const failed = settled.find((thread) => thread.status === "rejected");
    if (failed === undefined) return threads;
    this.#running = undefined;
    this.#instance.call((glue) => glue.stopThreads());
    throw failed.reason;
  }

  /** Threads whose work is over end by themselves. */
  #leave(): void {
    this.#users -= 1;
    if (this.#users > 0 || this.#running === undefined) return;
    this.#running = undefined;
    if (this.#instance.failure === undefined) this.#instance.call((glue) => glue.stopThreads());
  }

  #end(): void {
    void this.#running?.then((threads) => threads.forEach((thread) => thread.terminate())).catch(() => undefined);
    this.#running = undefined;
  }
}

/** Whether this thread may sleep: a page's own may not. */
function mayWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}
