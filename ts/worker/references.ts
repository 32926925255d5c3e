import type { ObjectId } from "./messages.js";

interface Own {
  readonly object: object;
  /** How often it was sent, less what the other side has given back. */
  sent: number;
  readonly onRelease: (() => void) | undefined;
}

interface Theirs {
  readonly id: ObjectId;
  readonly stub: WeakRef<object>;
  received: number;
}

/**
 * Which objects the two sides know of each other. What the other side was sent is kept here until its stub there is collected;
 * numbers of sends are compared, since the object may be on its way again when that is heard of.
 */
export class References {
  readonly #own = new Map<ObjectId, Own>();
  readonly #ownIds = new WeakMap<object, ObjectId>();
  readonly #theirs = new Map<ObjectId, Theirs>();
  readonly #theirIds = new WeakMap<object, ObjectId>();
  readonly #collected: FinalizationRegistry<Theirs>;
  #nextId = 1;

  /** @param release tells the other side that a stub of an object of its is gone */
  constructor(release: (id: ObjectId, count: number) => void) {
    this.#collected = new FinalizationRegistry((theirs) => {
      if (this.#theirs.get(theirs.id) === theirs) this.#theirs.delete(theirs.id);
      release(theirs.id, theirs.received);
    });
  }

  /** Offers an object under a number of its own for good. */
  offer(id: ObjectId, object: object): void {
    this.#own.set(id, { object, sent: Infinity, onRelease: undefined });
  }

  /** The number of an object that is about to be sent; the same object has the same. */
  send(object: object, onSend?: (id: ObjectId) => () => void): ObjectId {
    const known = this.#ownIds.get(object);
    const own = known === undefined ? undefined : this.#own.get(known);
    if (known !== undefined && own !== undefined) {
      own.sent++;
      return known;
    }
    const id = this.#nextId++;
    this.#ownIds.set(object, id);
    this.#own.set(id, { object, sent: 1, onRelease: onSend?.(id) });
    return id;
  }

  /** The other side has let go of an object. */
  released(id: ObjectId, count: number): void {
    const own = this.#own.get(id);
    if (own === undefined) return;
    own.sent -= count;
    if (own.sent > 0) return;
    this.#own.delete(id);
    this.#ownIds.delete(own.object);
    own.onRelease?.();
  }

  /** An object of this side's. */
  own(id: ObjectId): object | undefined {
    return this.#own.get(id)?.object;
  }

  ownId(object: object): ObjectId | undefined {
    return this.#ownIds.get(object);
  }

  /** The stub of an object of theirs that has come; made if there is none yet. */
  receive(id: ObjectId, make: () => object): object {
    const known = this.#theirs.get(id);
    const stub = known?.stub.deref();
    if (known !== undefined && stub !== undefined) {
      known.received++;
      return stub;
    }
    const made = make();
    const theirs: Theirs = { id, stub: new WeakRef(made), received: 1 };
    this.#theirs.set(id, theirs);
    this.#theirIds.set(made, id);
    this.#collected.register(made, theirs);
    return made;
  }

  /** The stub of an object of theirs, if it is still here. */
  stub(id: ObjectId): object | undefined {
    return this.#theirs.get(id)?.stub.deref();
  }

  /** The number of an object that is a stub. */
  theirId(stub: object): ObjectId | undefined {
    return this.#theirIds.get(stub);
  }
}
