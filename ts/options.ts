import { InputError } from "./errors.js";

/**
 * Refuses an options value that is not a plain object or that has a key which is not allowed, so that no option is
 * ever ignored. A key whose value is `undefined` counts as absent.
 *
 * @param where the call the options belong to, for the message: `"generate"`, `"AutoModel.fromPretrained"`
 * @param options what the caller passed; `undefined` is an empty object
 * @param allowed every key that the call understands
 * @throws InputError naming the key, with the closest allowed key when the two differ by a slip
 */
export function checkOptions(where: string, options: unknown, allowed: readonly string[]): void {
  if (options === undefined) return;
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new InputError(`${where}: options must be an object, not ${describe(options)}`, { details: { where } });
  }
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || allowed.includes(key)) continue;
    const near = allowed.find((name) => isSlip(key, name));
    const hint = near === undefined ? `known options: ${allowed.join(", ")}` : `did you mean "${near}"?`;
    throw new InputError(`${where}: unknown option "${key}"; ${hint}`, { details: { where, option: key } });
  }
}

/** Copies the entries of `options` whose key is in `keys`; the result holds no `undefined`. */
export function pickOptions<T extends object, K extends keyof T>(options: T, keys: readonly K[]): Partial<Pick<T, K>> {
  const picked: Partial<Pick<T, K>> = {};
  for (const key of keys) {
    if (options[key] !== undefined) picked[key] = options[key];
  }
  return picked;
}

/** A short name for what a value is, for messages: `null`, `array`, `string`, `Blob`. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value !== "object") return typeof value;
  const name = (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor?.name;
  return name === undefined || name === "" || name === "Object" ? "object" : name;
}

/** Equal but for case, underscores and dashes (`max_new_tokens`), or one letter changed, dropped or added. */
function isSlip(a: string, b: string): boolean {
  const plain = (s: string): string => s.toLowerCase().replace(/[_-]/g, "");
  const [x, y] = [plain(a), plain(b)];
  if (x === y) return true;
  if (Math.abs(x.length - y.length) > 1 || Math.min(x.length, y.length) < 4) return false;
  let start = 0;
  while (start < x.length && start < y.length && x[start] === y[start]) start++;
  let end = 0;
  while (end < x.length - start && end < y.length - start && x[x.length - 1 - end] === y[y.length - 1 - end]) end++;
  return Math.max(x.length, y.length) - start - end <= 1;
}
