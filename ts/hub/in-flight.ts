/** Settles as `promise`, or rejects with the signal's reason, whichever is first. */
export async function orAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop!);
  }
}

/** Waits, unless the signal ends it with its reason. */
export async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await orAbort(new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds))), signal);
  } finally {
    clearTimeout(timer);
  }
}

interface Job<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  waiting: number;
}

/**
 * Calls with the same key share one piece of work while it runs. A caller that aborts leaves; the work itself is aborted
 * when the last one has left.
 */
export class InFlight<T> {
  readonly #jobs = new Map<string, Job<T>>();

  async run(key: string, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const job = this.#jobs.get(key) ?? this.#start(key, work);
    job.waiting++;
    try {
      return await orAbort(job.result, signal);
    } finally {
      if (--job.waiting === 0) {
        this.#forget(key, job);
        job.stop.abort();
      }
    }
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>): Job<T> {
    const stop = new AbortController();
    const job: Job<T> = { stop, waiting: 0, result: work(stop.signal) };
    // Whoever waits gets the error; when all have left, nobody does.
    job.result.catch(() => {}).finally(() => this.#forget(key, job));
    this.#jobs.set(key, job);
    return job;
  }

  #forget(key: string, job: Job<T>): void {
    if (this.#jobs.get(key) === job) this.#jobs.delete(key);
  }
}
