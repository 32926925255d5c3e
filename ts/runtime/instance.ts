import { DeviceError, errorFromCode, isErrorCode, LoadError } from "../errors.js";
import type { NoticeKind, WasmBindings, WasmGlue, WasmTask } from "./glue.js";

/**
 * One instance of one wasm binary. A panic inside ends it: the call that met it, all that wait, and all that come later
 * get a DeviceError; the next load makes a new instance.
 */
export class WasmInstance<Glue extends WasmBindings = WasmGlue> {
  readonly #glue: Glue;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  #failure: DeviceError | undefined;
  #busyMs = 0;
  readonly #onFailure = new Set<(failure: DeviceError) => void>();

  private constructor(glue: Glue, module: WebAssembly.Module, memory: WebAssembly.Memory) {
    this.#glue = glue;
    this.module = module;
    this.memory = memory;
    glue.setNotifier((kind, message) => this.#end(kind, message));
  }

  /** Starts an instance of `module` on a glue module that has none yet; `shared` is the memory of one that imports it. */
  static async start<Glue extends WasmBindings>(
    glue: Glue,
    module: WebAssembly.Module,
    shared?: WebAssembly.Memory,
  ): Promise<WasmInstance<Glue>> {
    try {
      const { memory } = await glue.default({ module_or_path: module, ...(shared && { memory: shared }) });
      return new WasmInstance(glue, module, shared ?? memory);
    } catch (cause) {
      throw new LoadError("the wasm binary does not start: it and its bindings must come from the same build", { cause });
    }
  }

  /** Why this instance takes no more calls, if it has ended. */
  get failure(): DeviceError | undefined {
    return this.#failure;
  }

  /** Size of the wasm memory; it grows and never shrinks. */
  get memoryBytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** Calls back once, when the instance ends. */
  onEnd(listener: () => void): void {
    this.#onFailure.add(listener);
  }

  /** Milliseconds that calls into wasm took so far, without what they waited for. */
  get busyMs(): number {
    return this.#busyMs;
  }

  /** Calls into wasm, and translates what it throws. */
  call<T>(work: (glue: Glue) => T): T {
    if (this.#failure !== undefined) throw this.#failure;
    const begin = performance.now();
    try {
      return work(this.#glue);
    } catch (error) {
      throw this.#translate(error);
    } finally {
      this.#busyMs += performance.now() - begin;
    }
  }

  /** Frees a wasm object; one of an ended instance is gone already. */
  free(object: { free(): void }): void {
    if (this.#failure !== undefined) return;
    this.call(() => object.free());
  }

  /**
   * Runs a task to its end. It never stays pending: when the instance ends, it throws.
   *
   * @returns what the task yields; the caller knows its type from the binding.
   */
  async run(start: (glue: Glue) => WasmTask): Promise<unknown> {
    const task = this.call(start);
    try {
      for (;;) {
        const signal = new Wake();
        if (this.call(() => task.poll(() => signal.fire()))) return this.call(() => task.take());
        const stop = (): void => signal.fire();
        this.#onFailure.add(stop);
        await signal.fired;
        this.#onFailure.delete(stop);
      }
    } finally {
      this.free(task);
    }
  }

  #translate(error: unknown): unknown {
    if (this.#failure !== undefined) return this.#failure;
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
      const refused = this.#glue.refusedAllocation();
      const message =
        refused > 0
          ? `wasm ran out of memory: ${refused} bytes more were refused at ${this.memoryBytes}`
          : `wasm stopped: ${error.message}`;
      this.#end("panic", message, error);
      return this.#failure;
    }
    if (error instanceof Error && "code" in error && isErrorCode(error.code)) {
      return errorFromCode(error.code, error.message, { cause: error });
    }
    return error;
  }

  #end(kind: NoticeKind, message: string, cause?: unknown): void {
    if (this.#failure !== undefined) return;
    const said = { panic: "the computation failed", lost: "the GPU device was lost", gpu: "the GPU refused a command" }[kind];
    this.#failure = new DeviceError(`${said}: ${message}; load the model again for a new instance`, {
      cause,
      details: { kind },
    });
    for (const tell of [...this.#onFailure]) tell(this.#failure);
    this.#onFailure.clear();
  }
}

/** A promise that its owner resolves. */
class Wake {
  fire!: () => void;
  readonly fired = new Promise<void>((resolve) => {
    this.fire = resolve;
  });
}
