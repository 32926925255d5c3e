import { floatRepr } from "../processing/python-print.js";
import { isObject, type FieldTable, type JsonValue } from "./config-fields.js";

/** Names of the fields of some tables where Python has floats. */
export function decimalKeys(...tables: readonly FieldTable[]): ReadonlySet<string> {
  return new Set(tables.flatMap((table) => Object.values(table).flatMap(({ key, isDecimal }) => (isDecimal === true ? [key] : []))));
}

/**
 * JSON as Python writes a configuration's file: keys in order, two spaces, and a decimal point in every float, without which
 * the strict types of transformers refuse some of them.
 *
 * @param decimals names of the fields whose numbers are floats; those with a fraction always are
 */
export function toPythonJson(value: JsonValue, decimals: ReadonlySet<string>): string {
  return `${write(value, "", "\n", decimals)}\n`;
}

function write(value: JsonValue, name: string, line: string, decimals: ReadonlySet<string>): string {
  if (typeof value === "number") return decimals.has(name) || !Number.isInteger(value) ? floatRepr(value) : BigInt(value).toString();
  if (typeof value === "string") return ascii(value);
  if (Array.isArray(value)) return block("[]", line, value.map((item) => (inner) => write(item, name, inner, decimals)));
  if (!isObject(value)) return JSON.stringify(value);
  // Labels are numbers to Python, and in their order already.
  const keys = name === "id2label" ? Object.keys(value) : Object.keys(value).sort(byCodePoint);
  const items = keys.map((key) => (inner: string) => `${ascii(key)}: ${write(value[key] as JsonValue, key, inner, decimals)}`);
  return block("{}", line, items);
}

function block(brackets: string, line: string, items: readonly ((line: string) => string)[]): string {
  if (items.length === 0) return brackets;
  const inner = `${line}  `;
  return `${brackets[0]}${items.map((item) => inner + item(inner)).join(",")}${line}${brackets[1]}`;
}

/** A string with escapes for everything beyond ASCII. */
function ascii(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Python's order of strings: by code point, where JavaScript's is by UTF-16 unit. */
function byCodePoint(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let index = 0; index < Math.min(x.length, y.length); index++) {
    const difference = (x[index] as string).codePointAt(0)! - (y[index] as string).codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}
