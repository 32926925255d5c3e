/** What runs in the worker: it only ties the host of models to the messages of its platform. */
import { WorkerHost } from "../worker/host.js";
import type { Command } from "../worker/protocol.js";

/** The side of a dedicated worker's scope that is used here. */
interface WorkerScope {
  postMessage(message: unknown): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
}

const nodePort = (globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule?.("node:worker_threads").parentPort;
const isNode = nodePort !== undefined && nodePort !== null && !("Deno" in globalThis);
const scope = globalThis as unknown as WorkerScope;

const host = new WorkerHost((reply) => (isNode ? nodePort.postMessage(reply) : scope.postMessage(reply)));
if (isNode) nodePort.on("message", (command: Command) => host.take(command));
else scope.addEventListener("message", ({ data }) => host.take(data as Command));
