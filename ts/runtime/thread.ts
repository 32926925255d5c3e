/** What runs in a worker that is one of an instance's threads: it waits for work inside wasm and hears no messages there. */
import type { ThreadedGlue } from "./glue.js";
import type { ThreadNews, ThreadStart } from "./thread-port.js";

/** The side of a dedicated worker's scope that is used here. */
interface WorkerScope {
  postMessage(message: ThreadNews): void;
  addEventListener(type: "message", listener: (event: { data: ThreadStart }) => void): void;
  close(): void;
}

const nodePort = (globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule?.("node:worker_threads").parentPort;
const scope = globalThis as unknown as WorkerScope;

function tell(news: ThreadNews): void {
  if (nodePort) nodePort.postMessage(news);
  else scope.postMessage(news);
}

async function run({ module, memory, glue, flag }: ThreadStart): Promise<void> {
  try {
    const bindings = (await import(/* @vite-ignore */ /* webpackIgnore: true */ glue)) as ThreadedGlue;
    const exports = bindings.initSync({ module, memory });
    tell({ ready: true });
    try {
      bindings.serveThread();
      exports.__wbindgen_thread_destroy();
    } catch (error) {
      // Whoever waits for this thread inside wasm hears no message either.
      const [failed, waiting] = flag.map((address) => address / Int32Array.BYTES_PER_ELEMENT) as [number, number];
      const words = new Int32Array(memory.buffer);
      Atomics.store(words, failed, 1);
      Atomics.notify(words, waiting);
      throw error;
    }
  } catch (error) {
    tell({ ready: false, message: error instanceof Error ? error.message : String(error) });
  }
  // Deno's port can't be closed; its scope can.
  if (typeof nodePort?.close === "function") nodePort.close();
  else scope.close();
}

if (nodePort) nodePort.once("message", (start: ThreadStart) => void run(start));
else scope.addEventListener("message", ({ data }) => void run(data));
