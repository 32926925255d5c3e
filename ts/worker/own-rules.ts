import type { LogitsProcessor } from "../generation/hooks.js";

/**
 * Arguments of a call whose `logitsProcessors` return the scores that they change in place: the model's own scores stay in the
 * worker, and a function here sees a copy.
 */
export function withReturnedScores(args: readonly unknown[]): readonly unknown[] {
  return args.map((arg) => {
    const { logitsProcessors } = Object(arg) as { logitsProcessors?: unknown };
    if (!Array.isArray(logitsProcessors) || !logitsProcessors.every((each) => typeof each === "function")) return arg;
    return { ...(arg as object), logitsProcessors: (logitsProcessors as LogitsProcessor[]).map(returning) };
  });
}

function returning(processor: LogitsProcessor): LogitsProcessor {
  return async (inputIds, scores) => (await processor(inputIds, scores)) ?? scores;
}
