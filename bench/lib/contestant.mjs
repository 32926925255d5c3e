import { createInterface } from "node:readline";

/**
 * The child's side of a contest: says that it is ready, then answers each order, a JSON line each way.
 *
 * @param handlers by order: `(order) => Promise<answer>`
 */
export async function contest(info, handlers) {
  const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
  send({ ready: info });
  for await (const line of createInterface({ input: process.stdin })) {
    const order = JSON.parse(line);
    try {
      send(await handlers[order.what](order));
    } catch (error) {
      send({ error: String(error?.message ?? error) });
    }
  }
  process.exit(0);
}
