import { currentHost } from "./host.js";
import { startNodeWorker } from "./node-worker.js";

/** What a thread begins with. */
export interface ThreadStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** The address of the bindings. */
  readonly glue: string;
  /** Addresses of the words by which a thread that traps makes itself heard. */
  readonly flag: readonly number[];
}

/** What a thread tells its owner. */
export type ThreadNews = { readonly ready: true } | { readonly ready: false; readonly message: string };

/** A thread as its owner sees it, whatever the host. */
export interface Thread {
  terminate(): void;
}

/** Starts a thread; resolves when it is about to compute, and then doesn't keep the process alive. */
export function startThread(start: ThreadStart): Promise<Thread> {
  // Deno has both kinds of workers, and only this one lets it end.
  return currentHost().name === "browser" ? startInPage(start) : startInNode(start);
}

function startInPage(start: ThreadStart): Promise<Thread> {
  return new Promise((resolve, reject) => {
    // In this form bundlers know that a file is named.
    const worker = new Worker(new URL("./thread.js", import.meta.url), { type: "module" });
    const fail = (message: string): void => {
      worker.terminate();
      reject(new Error(message));
    };
    worker.addEventListener("message", ({ data }: MessageEvent<ThreadNews>) => {
      if (data.ready) resolve({ terminate: () => worker.terminate() });
      else fail(data.message);
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      fail(event.message || "the worker does not start");
    });
    worker.postMessage(start);
  });
}

function startInNode(start: ThreadStart): Promise<Thread> {
  return new Promise((resolve, reject) => {
    const worker = startNodeWorker(new URL("./thread.js", import.meta.url));
    worker.on("message", (news: ThreadNews) => {
      if (!news.ready) return reject(new Error(news.message));
      worker.unref();
      resolve({ terminate: () => void worker.terminate() });
    });
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`the worker ended with ${code}`)));
    worker.postMessage(start);
  });
}
