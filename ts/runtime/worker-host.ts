/** What runs in the worker: it only ties what a worker does to the messages of its platform. */
import { hostConnection } from "../worker/host.js";
import type { Message } from "../worker/messages.js";

/** The side of a dedicated worker's scope that is used here. */
interface WorkerScope {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
}

const nodePort = (globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule?.("node:worker_threads").parentPort;
const isNode = nodePort !== undefined && nodePort !== null;
const scope = globalThis as unknown as WorkerScope;

const connection = hostConnection((message, transfer) => (isNode ? nodePort.postMessage(message, transfer) : scope.postMessage(message, transfer)));
if (isNode) nodePort.on("message", (message: Message) => connection.take(message));
else scope.addEventListener("message", ({ data }) => connection.take(data as Message));
