import { InputError } from "../errors.js";
import { type ObjectId, type SentObject, TAG } from "./messages.js";
import { isPlain } from "./packing.js";
import type { References } from "./references.js";
import { type SentError, unpackError } from "./sent-errors.js";
import { makeStub, Thrown, update } from "./stub.js";
import type { SentTable, TokenTables } from "./token-tables.js";
import { FORMS } from "./values.js";

type Tagged = Readonly<Record<string, unknown>> & { readonly id: ObjectId };

/** What unpacking needs to know of its side. */
export interface UnpackingSide {
  readonly references: References;
  readonly tables: TokenTables;
  /** Calls an object of the other side. */
  call(target: ObjectId, method: string, args: readonly unknown[]): Promise<unknown>;
}

/** Makes what the other side packed whole again. */
export class Unpacking {
  readonly #side: UnpackingSide;
  readonly #controllers = new WeakMap<object, AbortController>();

  constructor(side: UnpackingSide) {
    this.#side = side;
  }

  /** @param touch hears of each object of this side's that came back */
  unpack(value: unknown, touch: (object: object) => void = () => undefined): unknown {
    const whole = (inner: unknown): unknown => this.unpack(inner, touch);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(whole);
    if (!isPlain(value)) return value;
    if (value[TAG] !== undefined) return this.#tagged(value as Tagged, whole, touch);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, whole(item)]));
  }

  /** Fires what stands for a signal of the other side. */
  abort(id: ObjectId, reason: unknown): void {
    const signal = this.#side.references.stub(id);
    if (signal !== undefined) this.#controllers.get(signal)?.abort(this.unpack(reason));
  }

  #tagged(value: Tagged, whole: (inner: unknown) => unknown, touch: (object: object) => void): unknown {
    const { references, tables } = this.#side;
    const { id } = value;
    switch (value[TAG]) {
      case "yours": {
        const own = references.own(id);
        if (own === undefined) throw new InputError("an object was sent back that is gone here");
        touch(own);
        return own;
      }
      case "object":
        return this.#object(value as unknown as SentObject, whole);
      case "error": {
        const { cause, details, ...error } = value as unknown as SentError;
        return references.receive(id, () => unpackError({ ...error, cause: whole(cause), details: whole(details) }));
      }
      case "thrown":
        return new Thrown(whole(value["error"]));
      case "signal":
        return references.receive(id, () => this.#signal(value, whole));
      case "tokenizer":
        return tables.unpack(value as unknown as SentTable);
      default:
        return FORMS.find(({ kind }) => kind === value[TAG])?.unpack(value, whole);
    }
  }

  #object(sent: SentObject, whole: (inner: unknown) => unknown): object {
    const stub = this.#side.references.receive(sent.id, () => makeStub(sent.shape, (method, args) => this.#side.call(sent.id, method, args)));
    update(stub, whole(sent.values) as Record<string, unknown>);
    return stub;
  }

  #signal(value: Tagged, whole: (inner: unknown) => unknown): AbortSignal {
    const controller = new AbortController();
    this.#controllers.set(controller.signal, controller);
    if (value["aborted"] === true) controller.abort(whole(value["reason"]));
    return controller.signal;
  }
}
