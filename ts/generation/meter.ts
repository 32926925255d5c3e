import type { Runtime } from "../runtime/runtime.js";

/** What a token took of the host and of the device: averages over the steps after the first, or the first where it is the only one. */
export interface StepCosts {
  /** Kernels that WebGPU was asked to run; 0 on the CPU. */
  readonly dispatches: number;
  /** Buffers that the host wrote to on the device. */
  readonly hostWrites: number;
  /** Buffers that the host read back. */
  readonly hostReads: number;
  /** Microseconds that the wasm kept the host's thread busy: on the CPU, all that computing takes. */
  readonly hostMicrosecondsPerToken: number;
}

type Totals = readonly [dispatches: number, hostWrites: number, hostReads: number, busyMs: number];

/** Counts what steps take. What other models on the same device do meanwhile is in it. */
export class Meter {
  readonly #runtime: Runtime;
  #marks: Totals[];
  #steps = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#marks = [this.#now()];
  }

  /** Notes that a step has ended. */
  tick(): void {
    this.#steps += 1;
    if (this.#steps < 2) this.#marks.push(this.#now());
  }

  costs(): StepCosts {
    const begin = this.#marks[this.#steps > 1 ? 1 : 0] as Totals;
    const steps = Math.max(this.#steps - 1, 1);
    const [dispatches, hostWrites, hostReads, busyMs] = this.#now().map((now, index) => (now - (begin[index] as number)) / steps) as unknown as Totals;
    return { dispatches, hostWrites, hostReads, hostMicrosecondsPerToken: 1000 * busyMs };
  }

  #now(): Totals {
    const { counts, instance } = this.#runtime;
    return [counts.dispatches, counts.hostWrites, counts.hostReads, instance.busyMs];
  }
}
