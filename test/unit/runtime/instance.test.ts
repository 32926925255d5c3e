import { describe, expect, it } from "vitest";
import { DeviceError, InputError } from "../../../ts/errors.js";
import type { NoticeKind, WasmGlue, WasmTask } from "../../../ts/runtime/glue.js";
import { WasmInstance } from "../../../ts/runtime/instance.js";

/** (module (memory (export "memory") 1) (func (export "trap") unreachable)) */
const TRAP = Uint8Array.of(
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1,
  7, 17, 2, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 0, 4, 0x74, 0x72, 0x61, 0x70, 0, 0, 10, 5, 1, 3, 0, 0, 11,
);

interface Start {
  readonly instance: WasmInstance;
  readonly trap: () => void;
  readonly notify: (kind: NoticeKind, message: string) => void;
  /** Bytes of an allocation that the wasm says it was refused. */
  refuse(bytes: number): void;
}

async function start(): Promise<Start> {
  let exports!: { memory: WebAssembly.Memory; trap(): void };
  let notify!: Start["notify"];
  let refused = 0;
  const glue = {
    async default({ module_or_path }: { module_or_path: WebAssembly.Module }) {
      exports = (await WebAssembly.instantiate(module_or_path)).exports as typeof exports;
      return exports;
    },
    setNotifier: (listener: Start["notify"]) => (notify = listener),
    refusedAllocation: () => refused,
  } as unknown as WasmGlue;
  const instance = await WasmInstance.start(glue, await WebAssembly.compile(TRAP));
  return { instance, trap: () => exports.trap(), notify, refuse: (bytes) => (refused = bytes) };
}

/** A task that is done when `step` says so. */
function task(step: (wake: () => void) => boolean, result: unknown = undefined): WasmTask & { freed: boolean } {
  return {
    freed: false,
    poll: step,
    take: () => result,
    free() {
      this.freed = true;
    },
  };
}

describe("a wasm instance", () => {
  it("runs a task that waits to its end", async () => {
    const { instance } = await start();
    let polls = 0;
    const work = task((wake) => {
      setTimeout(wake, 1);
      return ++polls === 3;
    }, "done");
    expect(await instance.run(() => work)).toBe("done");
    expect([polls, work.freed, instance.memoryBytes]).toEqual([3, true, 65_536]);
  });

  it("turns a trap into a DeviceError with the panic's message, and takes no further call", async () => {
    const { instance, trap, notify } = await start();
    const failure = await instance
      .run(() =>
        task(() => {
          notify("panic", "index out of bounds: the len is 3 but the index is 7");
          trap();
          return true;
        }),
      )
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DeviceError);
    expect((failure as DeviceError).message).toContain("the len is 3 but the index is 7");
    expect(instance.failure).toBe(failure);
    let isCalled = false;
    expect(() => instance.call(() => (isCalled = true))).toThrow(DeviceError);
    await expect(instance.run(() => task(() => true))).rejects.toBe(failure);
    expect(isCalled).toBe(false);
  });

  it("says so when a trap comes of memory that was refused", async () => {
    const { instance, trap, refuse } = await start();
    refuse(123_456_789);
    expect(() => instance.call(trap)).toThrow(/out of memory: 123456789 bytes more/);
  });

  it("ends what waits when the device is lost", async () => {
    const { instance, notify } = await start();
    const waiting = instance.run(() => task(() => false));
    await Promise.resolve();
    notify("lost", "Unknown: the driver was reset");
    await expect(waiting).rejects.toMatchObject({ code: "DeviceError", message: expect.stringContaining("the driver was reset"), details: { kind: "lost" } });
  });

  it("rebuilds typed errors, and stays alive after them", async () => {
    const { instance } = await start();
    const thrown = Object.assign(new Error("inputIds[0][2]: is 900, outside of the vocabulary of 576"), { code: "InputError" });
    const work = task(() => {
      throw thrown;
    });
    const error = await instance.run(() => work).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ message: thrown.message, cause: thrown });
    expect(work.freed).toBe(true);
    expect(instance.call(() => 5)).toBe(5);
  });
});
