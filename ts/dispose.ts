/**
 * `Symbol.dispose`, for `using`. Where the platform has no explicit resource management yet, the method gets a name that
 * nobody calls, and `dispose()` is there anyway.
 */
export const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for("t5gemma2.dispose") as typeof Symbol.dispose);
