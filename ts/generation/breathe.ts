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
  const { setImmediate, scheduler } = globalThis as {
    setImmediate?: (callback: () => void) => unknown;
    scheduler?: { yield?: () => Promise<void> };
  };
  // Browsers hold back timers that ask for one another: the ways before the last are not held back.
  if (setImmediate !== undefined) return new Promise((resolve) => setImmediate(() => resolve()));
  if (scheduler?.yield !== undefined) return scheduler.yield();
  return new Promise((resolve) => setTimeout(resolve, 0));
}
