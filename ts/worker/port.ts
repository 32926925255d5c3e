import { DeviceError } from "../errors.js";
import { startNodeWorker } from "../runtime/node-worker.js";

/** A worker as its owner sees it, whatever the host. */
export interface WorkerPort {
  post(message: unknown, transfer: ArrayBuffer[]): void;
  /** Whether the worker keeps the process alive; a page needs not be told. */
  keepAlive(needed: boolean): void;
  terminate(): void;
}

/** What a worker tells its owner. */
export interface PortListener {
  onMessage(message: unknown): void;
  /** The worker has ended, and no more messages will come. */
  onEnd(error: DeviceError): void;
}

/** Starts a worker: in Deno as in Node, since its own kind keeps a program from ending. */
export function startWorker(listener: PortListener): WorkerPort {
  endAtOnceInDeno();
  return typeof Worker === "undefined" || "Deno" in globalThis ? startInNode(listener) : startInPage(listener);
}

function ended(cause: unknown): DeviceError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new DeviceError(`the worker ended: ${said}`, { cause });
}

function startInPage({ onMessage, onEnd }: PortListener): WorkerPort {
  // In this form bundlers know that a file is named.
  const worker = new Worker(new URL("./worker-host.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", (event) => onMessage(event.data));
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    worker.terminate();
    onEnd(ended(event.error ?? event.message ?? "it did not start"));
  });
  worker.addEventListener("messageerror", () => {
    worker.terminate();
    onEnd(ended("a message could not be read"));
  });
  return { post: (message, transfer) => worker.postMessage(message, transfer), keepAlive: () => undefined, terminate: () => worker.terminate() };
}

function startInNode({ onMessage, onEnd }: PortListener): WorkerPort {
  const worker = startNodeWorker(new URL("./worker-host.js", import.meta.url));
  worker.on("message", onMessage);
  worker.on("error", (error) => onEnd(ended(error)));
  worker.on("messageerror", (error) => {
    onEnd(ended(error));
    void worker.terminate();
  });
  worker.on("exit", (code) => onEnd(ended(`exit code ${code}`)));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    keepAlive: (needed) => (needed ? worker.ref() : worker.unref()),
    terminate: () => {
      void worker.terminate();
      // It is not gone when that resolves.
      if ("Deno" in globalThis) setTimeout(() => undefined, DENO_ENDS_WORKERS_MS);
    },
  };
}

/** The part of Deno's global that is used here. */
interface Deno {
  /** Without an argument, with the exit code that the program has set. */
  exit(): never;
}

/** Time in which Deno takes a worker down. */
const DENO_ENDS_WORKERS_MS = 1000;

let endsAtOnce = false;

/**
 * Deno 2.9 crashes now and then (SIGSEGV) when a program ends while workers that have compiled wasm are taken down. So the program
 * outlives the ones it terminates by a second, and its last event exits, which takes none down.
 */
function endAtOnceInDeno(): void {
  const { Deno } = globalThis as { Deno?: Deno };
  if (Deno === undefined || endsAtOnce) return;
  endsAtOnce = true;
  globalThis.addEventListener("unload", () => Deno.exit());
}
