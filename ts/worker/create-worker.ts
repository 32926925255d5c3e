import { DeviceError } from "../errors.js";
import { baseAddress } from "../hub/host.js";
import { Connection } from "./connection.js";
import { type Message, ROOT } from "./messages.js";
import { type ModelWorker, offer } from "./offer.js";
import { startWorker } from "./port.js";

/** A worker's connection, and how it ends. */
export interface WorkerClient {
  readonly connection: Connection;
  terminate(): void;
}

/** Starts a worker. It keeps a process alive while it is waited for. */
export function startClient(): WorkerClient {
  const port = startWorker({ onMessage: (message) => connection.take(message as Message), onEnd: (error) => connection.end(error) });
  const connection = new Connection({
    post: (message, transfer) => port.post(message, transfer),
    shapeOf: () => undefined,
    movesResults: false,
    waits: (isWaiting) => port.keepAlive(isWaiting),
  });
  port.keepAlive(false);
  const page = baseAddress();
  if (page !== undefined) connection.call(ROOT, "start", [page]).catch(() => undefined);
  const terminate = (): void => {
    port.terminate();
    connection.end(new DeviceError("the worker was terminated"));
  };
  return { connection, terminate };
}

/** Starts a worker of one's own. */
export function createWorker(): ModelWorker {
  const { connection, terminate } = startClient();
  return { ...offer(() => connection), terminate, [Symbol.dispose]: terminate };
}
