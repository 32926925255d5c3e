/**
 * What goes between a page and its worker. Both sides are alike: each has objects that the other knows by number, calls the
 * other's, and answers each call with exactly one result or error.
 */

/** An object of the side that made the number. */
export type ObjectId = number;

/** The object that a worker offers from the start. */
export const ROOT: ObjectId = 0;

/** Marks the stand-ins that the codec makes for what can't be cloned. */
export const TAG = "t5gemma2:kind";

/** An object of the sender's, and what the receiver can do with it. */
export interface SentObject {
  readonly [TAG]: "object";
  readonly id: ObjectId;
  readonly shape: Shape;
  /** The shape's values now. */
  readonly values: SentValues;
}

/** Values in the codec's form, by name. */
export type SentValues = Readonly<Record<string, unknown>>;

/** What the other side may see of an object. */
export interface Shape {
  readonly kind: string;
  /** Properties, as they are when the object or an answer to a call of it is sent. */
  readonly values?: readonly string[];
  /** Those of them that change. */
  readonly changing?: readonly string[];
  /** Methods. */
  readonly calls?: readonly string[];
  /** Methods that give items one by one. */
  readonly streams?: readonly string[];
}

export type Message =
  | CallMessage
  | { readonly type: "result"; readonly call: number; readonly value: unknown; readonly changed: Changes }
  | { readonly type: "error"; readonly call: number; readonly error: unknown; readonly changed: Changes }
  /** A signal of the sender's has fired. */
  | { readonly type: "abort"; readonly target: ObjectId; readonly reason: unknown }
  /** An object of the receiver's is no longer known, which was sent `count` times. */
  | { readonly type: "release"; readonly target: ObjectId; readonly count: number };

/** Calls a method of an object of the receiver's, or the object itself if the method is "". */
export interface CallMessage {
  readonly type: "call";
  readonly call: number;
  readonly target: ObjectId;
  readonly method: string;
  readonly args: unknown;
}

/** Values of the sender's objects that may have changed with a call. */
export type Changes = readonly (readonly [ObjectId, SentValues])[];
