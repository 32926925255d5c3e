import type { EncoderDecoderCache } from "../models/encoder-decoder-cache.js";
import type { EncoderOutputs } from "../models/encoder-outputs.js";
import type { T5Gemma2PreTrainedModel } from "../models/pretrained-model.js";
import type { Processor } from "../processing/processor.js";
import type { StreamDecoder } from "../processing/stream-decoder.js";
import type { Tokenizer } from "../processing/tokenizer.js";

/** What stays in a worker. */
type Kept = T5Gemma2PreTrainedModel | EncoderOutputs | EncoderDecoderCache | Processor | Tokenizer | StreamDecoder;

/** Only types: anything that can be called. */
type AnyFunction = (...args: never) => unknown;

type Other<T> = T extends Kept ? InWorker<T> : T;

/** Inputs or outputs whose fields are what a worker has in the place of what stays there. */
type Fields<T> = T extends Kept ? InWorker<T> : T extends object ? ([Extract<T[keyof T], Kept>] extends [never] ? T : { [K in keyof T]: Other<T[K]> }) : T;

type Given<Args extends readonly unknown[]> = { [I in keyof Args]: Fields<Args[I]> };

type Answer<Result> = Result extends AsyncGenerator<infer Item> ? AsyncGenerator<Item, void, undefined> : Promise<Fields<Awaited<Result>>>;

type Call<Args extends readonly unknown[], Result> = (...args: Given<Args>) => Answer<Result>;

/** A call with up to five signatures, asynchronous. */
type Calls<F> = F extends {
  (...args: infer A): infer R;
  (...args: infer B): infer S;
  (...args: infer C): infer T;
  (...args: infer D): infer U;
  (...args: infer E): infer V;
}
  ? Call<A, R> & Call<B, S> & Call<C, T> & Call<D, U> & Call<E, V>
  : F extends { (...args: infer A): infer R; (...args: infer B): infer S; (...args: infer C): infer T; (...args: infer D): infer U }
    ? Call<A, R> & Call<B, S> & Call<C, T> & Call<D, U>
    : F extends { (...args: infer A): infer R; (...args: infer B): infer S; (...args: infer C): infer T }
      ? Call<A, R> & Call<B, S> & Call<C, T>
      : F extends { (...args: infer A): infer R; (...args: infer B): infer S }
        ? Call<A, R> & Call<B, S>
        : F extends (...args: infer A) => infer R
          ? Call<A, R>
          : never;

type Member<T> = T extends AnyFunction ? Calls<T> : Other<T>;

type Members<T> = { readonly [K in keyof T]: K extends "dispose" | typeof Symbol.dispose ? T[K] : Member<T[K]> };

/**
 * An object that is in a worker, as its page has it: the members of T, whose calls are asynchronous where T's are not, but for
 * `dispose` and for what gives items one by one. What it takes and gives that stays in the worker is an InWorker likewise; tensors
 * and plain values are copied or moved. Properties are as the last answer to a call of the object found them, and can't be set.
 */
export type InWorker<T> = T extends AnyFunction ? Calls<T> & Members<T> : Members<T>;
