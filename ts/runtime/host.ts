import { browserHost } from "./browser.js";
import { denoHost } from "./deno.js";
import { nodeHost } from "./node.js";

/** What a JavaScript host does in its own way. */
export interface Host {
  readonly name: "browser" | "deno" | "node";
  /** Compiles the wasm file at `url`, which lies beside the built package. */
  compile(url: URL): Promise<WebAssembly.Module>;
  /** Threads that the machine runs at once. */
  hardwareThreads(): number;
  /** Bytes of the machine's memory, where that can be told without asking for permission. */
  memoryBytes(): number | undefined;
  /** WebGPU's entry, or why there is none. */
  gpu(): Promise<{ readonly gpu: GPU } | { readonly missing: string }>;
  /** Why this machine can have no hardware adapter, where that can be told without waking drivers up. */
  withoutHardware?(): string | undefined;
  /** Lets the wasm find `gpu` where it looks; the returned function takes back what only the search needed. */
  exposeGpu(gpu: GPU): () => void;
}

/** The host that this code runs in. */
export function currentHost(): Host {
  if ("Deno" in globalThis) return denoHost;
  const versions = (globalThis as { process?: { versions?: { node?: string } } }).process?.versions;
  // A browser page with a `process` shim, or Electron's renderer, has a document: there the browser's ways work.
  if (versions?.node !== undefined && !("document" in globalThis)) return nodeHost;
  return browserHost;
}
