import type { Worker } from "node:worker_threads";

/** A worker of Node, or of Deno, that runs the module at the address. */
export function startNodeWorker(address: URL): Worker {
  const threads = process.getBuiltinModule("node:worker_threads");
  // `node --input-type=module --eval ...` speaks of its own program; a worker refuses that, and flags of V8 if they are named.
  const isEvaluated = process.execArgv.some((arg) => arg.startsWith("--input-type"));
  return new threads.Worker(address, isEvaluated ? { execArgv: [] } : {});
}
