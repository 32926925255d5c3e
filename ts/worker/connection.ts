import { InputError } from "../errors.js";
import { describe } from "../options.js";
import type { CallMessage, Changes, Message, ObjectId, SentValues, Shape } from "./messages.js";
import { withReturnedScores } from "./own-rules.js";
import { Packing, type PackingSide } from "./packing.js";
import { References } from "./references.js";
import { update, valuesOf } from "./stub.js";
import { TokenTables } from "./token-tables.js";
import { Unpacking } from "./unpacking.js";

/** One side of a connection. */
export interface ConnectionSide {
  post(message: Message, transfer: ArrayBuffer[]): void;
  /** What the other side may see of an object that stays here. */
  shapeOf(value: object): Shape | undefined;
  /** Whether numbers in results may move: nobody reads them here afterwards. */
  readonly movesResults: boolean;
  /** Hears whether answers are waited for. */
  waits?(isWaiting: boolean): void;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Calls the other side's objects and answers its calls. No promise of it stays pending: its end rejects them all. */
export class Connection {
  readonly #side: ConnectionSide;
  readonly #references: References;
  readonly #packingSide: PackingSide;
  readonly #unpacking: Unpacking;
  readonly #pending = new Map<number, Pending>();
  #nextCall = 1;
  #end: Error | undefined;

  constructor(side: ConnectionSide) {
    this.#side = side;
    const references = new References((target, count) => this.#tell({ type: "release", target, count }));
    const tables = new TokenTables();
    this.#references = references;
    this.#packingSide = {
      references,
      tables,
      shapeOf: (value) => side.shapeOf(value),
      fired: (target, reason) => this.#tell({ type: "abort", target, reason: new Packing(this.#packingSide).thrown(reason) }),
    };
    this.#unpacking = new Unpacking({ references, tables, call: (target, method, args) => this.call(target, method, args) });
  }

  /** Whether it has ended. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Offers an object under a number that the other side knows. */
  offer(id: ObjectId, object: object): void {
    this.#references.offer(id, object);
  }

  /**
   * Calls a method of an object of the other side, or the object itself if `method` is "".
   *
   * @throws what the call throws there, InputError for what can't be sent, and what this connection ended with
   */
  call(target: ObjectId, method: string, args: readonly unknown[]): Promise<unknown> {
    return new Promise<unknown>((resolve, reject) => {
      if (this.#end !== undefined) throw this.#end;
      const packing = new Packing(this.#packingSide);
      const packed = withReturnedScores(args).map((arg) => packing.pack(arg, nameOf(method, arg)));
      const call = this.#nextCall++;
      this.#post({ type: "call", call, target, method, args: packed }, packing.transfer);
      this.#pending.set(call, { resolve, reject });
      this.#side.waits?.(true);
    });
  }

  /** Takes a message of the other side. */
  take(message: Message): void {
    switch (message.type) {
      case "call":
        void this.#answer(message);
        break;
      case "abort":
        this.#unpacking.abort(message.target, message.reason);
        break;
      case "release":
        this.#references.released(message.target, message.count);
        break;
      default: {
        for (const [id, values] of message.changed) this.#change(id, values);
        const pending = this.#pending.get(message.call);
        this.#pending.delete(message.call);
        if (this.#pending.size === 0) this.#side.waits?.(false);
        if (message.type === "result") pending?.resolve(this.#unpacking.unpack(message.value));
        else pending?.reject(this.#unpacking.unpack(message.error));
      }
    }
  }

  /** Ends it: what is pending is rejected, and what is called later. */
  end(error: Error): void {
    this.#end ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#end);
    this.#pending.clear();
    this.#side.waits?.(false);
  }

  /** Answers a call once, whatever happens. */
  async #answer({ call, target, method, args }: CallMessage): Promise<void> {
    const touched = new Set<object>();
    try {
      const object = this.#references.own(target);
      if (object === undefined) throw new InputError(`what "${method}" was called of is gone`);
      touched.add(object);
      const given = this.#unpacking.unpack(args, (own) => touched.add(own)) as unknown[];
      const callee = (method === "" ? object : (object as Record<string, unknown>)[method]) as (...args: unknown[]) => unknown;
      const value: unknown = await callee.apply(object, given);
      const packing = new Packing(this.#packingSide, this.#side.movesResults);
      const packed = packing.pack(value, method);
      this.#post({ type: "result", call, value: packed, changed: this.#changes(touched) }, packing.transfer);
    } catch (error) {
      this.#tell({ type: "error", call, error: new Packing(this.#packingSide).thrown(error), changed: this.#changes(touched) });
    }
  }

  /** What may have changed with a call: its object, what was handed in, and what those consist of. */
  #changes(touched: Iterable<object>): Changes {
    const found = new Map<ObjectId, SentValues>();
    const add = (object: object, isPart: boolean): void => {
      const shape = this.#side.shapeOf(object);
      const id = this.#references.ownId(object);
      if (shape === undefined || id === undefined) return;
      if (shape.changing !== undefined) found.set(id, new Packing(this.#packingSide).pack(valuesOf(object, shape.changing)) as SentValues);
      if (isPart) return;
      const parts = Object.values(valuesOf(object, shape.values));
      for (const part of parts) if (typeof part === "object" && part !== null) add(part, true);
    };
    for (const object of touched) add(object, false);
    return [...found];
  }

  #change(id: ObjectId, values: SentValues): void {
    const stub = this.#references.stub(id);
    if (stub !== undefined) update(stub, this.#unpacking.unpack(values) as Record<string, unknown>);
  }

  #post(message: Message, transfer: ArrayBuffer[]): void {
    try {
      this.#side.post(message, transfer);
    } catch (cause) {
      throw new InputError(`can't be sent between threads: ${cause instanceof Error ? cause.message : describe(cause)}`, { cause });
    }
  }

  /** Sends what nobody waits for; into nothing, if the other side is gone. */
  #tell(message: Message): void {
    if (this.#end === undefined) this.#side.post(message, []);
  }
}

/** How a caller speaks of an argument: an object's fields by themselves, others by the call. */
function nameOf(method: string, arg: unknown): string {
  return typeof arg === "object" && arg !== null && !Array.isArray(arg) && Object.getPrototypeOf(arg) === Object.prototype ? "" : method;
}
