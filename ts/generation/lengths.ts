import { InputError } from "../errors.js";
import { count } from "./checks.js";
import type { Settings } from "./settings.js";

/** How many tokens may come, and how many must. */
export interface Lengths {
  readonly maxNewTokens: number;
  readonly minNewTokens: number;
}

interface Limit {
  readonly value: number | undefined;
  readonly name: string;
  /** Whether the decoder's prompt counts. */
  readonly isWhole: boolean;
  /** Which of the layers it is from; 0 is the caller. */
  readonly layer: number;
}

/**
 * The caller's limit goes first, then the checkpoint's; of two by the same, the one that counts new tokens. (The oracle lets a
 * checkpoint's max_new_tokens override the caller's max_length, and warns.)
 *
 * @throws InputError where no token has room, or where the caller asks for more than may come
 */
export function planLengths(settings: Settings, promptLength: number): Lengths {
  const max = limit(settings, "max");
  const maxNewTokens = max.value === undefined ? 20 : max.value - (max.isWhole ? promptLength : 0);
  if (maxNewTokens < 1) {
    const message = max.isWhole
      ? `maxLength: ${max.value} leaves no room after the ${promptLength} tokens that the decoder begins with`
      : `maxNewTokens: must be at least 1, not ${maxNewTokens}`;
    throw new InputError(message, { details: { option: max.name, maxNewTokens, promptLength } });
  }
  const min = limit(settings, "min");
  const minNewTokens = Math.max(0, (min.value ?? 0) - (min.isWhole ? promptLength : 0));
  if (minNewTokens > maxNewTokens && min.layer === 0) {
    throw new InputError(`${min.name}: asks for ${minNewTokens} new tokens, more than the ${maxNewTokens} that may come`, {
      details: { option: min.name, minNewTokens, maxNewTokens },
    });
  }
  return { maxNewTokens, minNewTokens: Math.min(minNewTokens, maxNewTokens) };
}

function limit(settings: Settings, side: "max" | "min"): Limit {
  for (const [layer, values] of settings.layers.entries()) {
    for (const [name, isWhole] of [[`${side}NewTokens`, false], [`${side}Length`, true]] as const) {
      const value = count(name, values[name]);
      if (value !== undefined) return { value, name, isWhole, layer };
    }
  }
  return { value: undefined, name: `${side}NewTokens`, isWhole: false, layer: -1 };
}
