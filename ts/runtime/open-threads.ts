import type { ThreadedGlue } from "./glue.js";
import type { Host } from "./host.js";
import type { WasmInstance } from "./instance.js";
import { loadThreadedModule, threadedGlue } from "./load.js";
import { chooseThreads } from "./thread-choice.js";
import { ThreadPool } from "./thread-pool.js";
import type { ThreadsOption } from "./types.js";

/** Running threads, or the choice of one. */
export interface OpenThreads {
  /** The instance whose threads they are; none for one thread, which needs no such binary. */
  readonly instance: WasmInstance | undefined;
  readonly threads: number;
  readonly threadsReason: string;
  /** Ends them, unless others use them. */
  readonly close: () => void;
}

const pools = new WeakMap<WasmInstance<ThreadedGlue>, ThreadPool>();

/**
 * Chooses how many threads compute, and starts them. "auto" goes on with one where they do not start.
 *
 * @throws DeviceError if several are asked for and do not start, LoadError if their binary is missing
 */
export async function openThreads(wish: ThreadsOption, host: Host): Promise<OpenThreads> {
  const { threads, reason } = chooseThreads(wish, host);
  if (threads === 1) return alone(reason);
  try {
    const instance = await loadThreadedModule(threads);
    const pool = pools.get(instance) ?? new ThreadPool(instance, threads - 1, threadedGlue().href);
    pools.set(instance, pool);
    return { instance, threads, threadsReason: reason, close: await pool.use() };
  } catch (error) {
    if (wish !== "auto") throw error;
    return alone(error instanceof Error ? error.message : String(error));
  }
}

function alone(threadsReason: string): OpenThreads {
  return { instance: undefined, threads: 1, threadsReason, close: () => undefined };
}
