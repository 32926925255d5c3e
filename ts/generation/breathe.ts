/** How long decoding may keep the event loop to itself, in milliseconds: a frame is 16. */
const MAX_HOLD = 10;

/** Lets timers, input and aborts through now and then, while the CPU computes on the caller's thread. */
export class Breath {
  #last = performance.now();

  async take(): Promise<void> {
    if (performance.now() - this.#last < MAX_HOLD) return;
    await macrotask();
    this.#last = performance.now();
  }
}

function macrotask(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };
  if (setImmediate !== undefined) return new Promise((resolve) => setImmediate(() => resolve()));
  // Browsers hold back timers that ask for one another, and let scheduler.yield() overtake messages, an abort among them.
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
