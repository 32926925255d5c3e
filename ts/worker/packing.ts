import { InputError } from "../errors.js";
import { describe } from "../options.js";
import { Processor } from "../processing/processor.js";
import { Tokenizer } from "../processing/tokenizer.js";
import { type ObjectId, type SentObject, type SentValues, type Shape, TAG } from "./messages.js";
import type { References } from "./references.js";
import { packError } from "./sent-errors.js";
import { interfaceOf } from "./shapes.js";
import { kindOf, Thrown, valuesOf } from "./stub.js";
import type { TokenTables } from "./token-tables.js";
import { FORMS } from "./values.js";

/** What packing needs to know of its side. */
export interface PackingSide {
  readonly references: References;
  readonly tables: TokenTables;
  /** What the other side may see of an object that stays here, besides functions and the like. */
  shapeOf(value: object): Shape | undefined;
  /** Hears a signal of this side's fire. */
  fired(id: ObjectId, reason: unknown): void;
}

/** Makes a message's content fit for sending. The platform clones what is not told apart here. */
export class Packing {
  readonly #side: PackingSide;
  readonly #moves: boolean;
  readonly #moving = new Set<ArrayBuffer>();

  /** @param moves whether numbers may move instead of being copied: nobody here reads them any more */
  constructor(side: PackingSide, moves = false) {
    this.#side = side;
    this.#moves = moves;
  }

  /** The memory that goes with the message. */
  get transfer(): ArrayBuffer[] {
    return [...this.#moving];
  }

  /**
   * @param name how the caller calls the value, for messages
   * @throws InputError naming what can't be sent
   */
  pack(value: unknown, name = ""): unknown {
    if (typeof value === "symbol") throw cannot(name, "a symbol");
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return value;
    const theirs = this.#side.references.theirId(value);
    if (theirs !== undefined) return { [TAG]: "yours", id: theirs };
    const kind = kindOf(value);
    if (kind !== undefined && kind !== "function") throw cannot(name, `a ${kind} of another worker`);
    if (Array.isArray(value)) return value.map((item, index) => this.pack(item, `${name}[${index}]`));
    const shape = this.#side.shapeOf(value) ?? interfaceOf(value);
    if (shape !== undefined) return this.#object(value, shape);
    if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.pack(item, name === "" ? key : `${name}.${key}`)]));
    if (ArrayBuffer.isView(value)) return this.#numbers(value);
    if (value instanceof Thrown) return { [TAG]: "thrown", error: this.thrown(value.error) };
    if (value instanceof Error || value instanceof DOMException) return this.thrown(value);
    if (value instanceof AbortSignal) return this.#signal(value);
    if (value instanceof Tokenizer || value instanceof Processor) return { [TAG]: "tokenizer", ...this.#side.tables.pack(value) };
    const form = FORMS.find((each) => each.is(value));
    if (form !== undefined) return { [TAG]: form.kind, ...(form.pack(value, (part) => this.pack(part, name), name) as object) };
    return this.#other(value, name);
  }

  /** What was thrown, an error as a rule; it comes back as itself. */
  thrown(value: unknown): unknown {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return this.pack(value);
    const { references } = this.#side;
    const theirs = references.theirId(value);
    if (theirs !== undefined) return { [TAG]: "yours", id: theirs };
    return { [TAG]: "error", id: references.send(value), ...packError(value, (part) => this.pack(part)) };
  }

  #object(object: object, shape: Shape): SentObject {
    const values = this.pack(valuesOf(object, shape.values)) as SentValues;
    return { [TAG]: "object", id: this.#side.references.send(object), shape, values };
  }

  #signal(signal: AbortSignal): unknown {
    const { aborted } = signal;
    const id = this.#side.references.send(signal, (id) => {
      const fire = (): void => this.#side.fired(id, signal.reason);
      signal.addEventListener("abort", fire);
      return () => signal.removeEventListener("abort", fire);
    });
    return { [TAG]: "signal", id, aborted, ...(aborted && { reason: this.thrown(signal.reason) }) };
  }

  /** Numbers move where they may; of a part of some memory a copy does, as the platform would clone all of it. */
  #numbers(view: ArrayBufferView): ArrayBufferView {
    const { buffer, byteOffset, byteLength } = view;
    if (!(buffer instanceof ArrayBuffer)) return view;
    if (byteLength === buffer.byteLength) {
      if (this.#moves) this.#moving.add(buffer);
      return view;
    }
    // By its tag: Node's Buffer is a Uint8Array.
    const View = (globalThis as unknown as Record<string, new (memory: ArrayBuffer) => ArrayBufferView>)[tagOf(view)];
    if (View === undefined) return view;
    const memory = buffer.slice(byteOffset, byteOffset + byteLength);
    this.#moving.add(memory);
    return new View(memory);
  }

  #other(value: object, name: string): unknown {
    // Platform objects have tags of their own; the platform clones them, or says that it can't.
    if (tagOf(value) !== "Object") return value;
    // Configurations are their fields.
    if (typeof (value as { toJSON?: unknown }).toJSON === "function") return this.pack({ ...value }, name);
    throw cannot(name, `a ${describe(value)} of this thread`);
  }
}

/** Whether a value is an object of no class; such an object of another frame is, too. */
export function isPlain(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.hasOwn(prototype, "hasOwnProperty");
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

function cannot(name: string, what: string): InputError {
  return new InputError(`${name}: ${what} can't be sent to a worker`, { details: { argument: name } });
}
