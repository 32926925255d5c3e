import type { Shape } from "./messages.js";

/** Calls the object that a stub stands for. */
export type Caller = (method: string, args: readonly unknown[]) => Promise<unknown>;

/** A value that threw when it was read. */
export class Thrown {
  constructor(readonly error: unknown) {}
}

interface State {
  readonly kind: string;
  values: Readonly<Record<string, unknown>>;
  isDisposed: boolean;
}

const states = new WeakMap<object, State>();

/** What an object of the other side is, undefined for what is none. */
export function kindOf(value: unknown): string | undefined {
  return typeof value === "object" || typeof value === "function" ? states.get(value as object)?.kind : undefined;
}

/** Makes what stands for an object of the other side: a function if that is one. */
export function makeStub(shape: Shape, call: Caller): object {
  const state: State = { kind: shape.kind, values: {}, isDisposed: false };
  const isFunction = shape.kind === "function";
  const isCallable = isFunction || shape.kind === "pipeline";
  const stub: object = isFunction ? listener(call) : isCallable ? (...args: unknown[]) => call("", args) : {};
  states.set(stub, state);
  const define = (name: PropertyKey, property: PropertyDescriptor): void => void Object.defineProperty(stub, name, { configurable: true, ...property });
  for (const name of shape.values ?? []) define(name, { enumerable: true, get: () => read(state, name) });
  for (const name of shape.calls ?? []) define(name, { value: name === "dispose" ? () => dispose(state, call) : (...args: unknown[]) => call(name, args) });
  for (const name of shape.streams ?? []) define(name, { value: (...args: unknown[]) => items(() => call(name, args)) });
  if (shape.calls?.includes("dispose") === true) define(Symbol.dispose, { value: () => dispose(state, call) });
  if (!isCallable) define(Symbol.toStringTag, { value: shape.kind });
  return stub;
}

/** Whoever calls somebody else's function, such as one that hears of progress, need not wait for it. */
function listener(call: Caller): (...args: unknown[]) => Promise<unknown> {
  return (...args) => {
    const answer = call("", args);
    answer.catch(() => undefined);
    return answer;
  };
}

/** Takes the values that an object of the other side has now. */
export function update(stub: object, values: Readonly<Record<string, unknown>>): void {
  const state = states.get(stub);
  if (state === undefined) return;
  // A copy of what is heeded over there: a change of it must not look as if it counted.
  for (const value of Object.values(values)) if (isCopy(value)) Object.freeze(value);
  state.values = { ...state.values, ...values };
}

/** An object's properties by name; one that throws is noted as that. */
export function valuesOf(object: object, names: readonly string[] = []): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, tryRead(object, name)]));
}

function isCopy(value: unknown): boolean {
  return typeof value === "object" && value !== null && kindOf(value) === undefined && !(value instanceof Thrown) && !ArrayBuffer.isView(value);
}

function tryRead(object: object, name: string): unknown {
  try {
    return (object as Readonly<Record<string, unknown>>)[name];
  } catch (error) {
    return new Thrown(error);
  }
}

function read(state: State, name: string): unknown {
  if (name === "disposed" && state.isDisposed) return true;
  const value = state.values[name];
  if (value instanceof Thrown) throw value.error;
  return value;
}

/** Counts at once here; over there when it is heard. */
function dispose(state: State, call: Caller): void {
  if (state.isDisposed) return;
  state.isDisposed = true;
  call("dispose", []).catch(() => undefined);
}

/** Reads a generator of the other side; whoever leaves ends it there. */
async function* items(begin: () => Promise<unknown>): AsyncGenerator<unknown, void, undefined> {
  const generator = (await begin()) as AsyncGenerator<unknown, void, undefined>;
  let isOver = false;
  try {
    for (;;) {
      const next = await generator.next().catch((error: unknown) => {
        isOver = true;
        throw error;
      });
      isOver = next.done === true;
      if (isOver) return;
      yield next.value;
    }
  } finally {
    if (!isOver) await generator.return();
  }
}
