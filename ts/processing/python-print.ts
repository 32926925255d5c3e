/** A value inside the template engine, as far as printing looks at it. */
export interface EngineValue {
  type: string;
  value: unknown;
  toString(): string;
}

/** What Python's `str` makes of a value of the template engine. */
export function pythonStr(value: EngineValue): string {
  switch (value.type) {
    case "UndefinedValue":
      return "";
    case "StringValue":
      return value.value as string;
    default:
      return pythonRepr(value);
  }
}

function pythonRepr(value: EngineValue): string {
  switch (value.type) {
    case "NullValue":
      return "None";
    case "UndefinedValue":
      return "Undefined";
    case "BooleanValue":
      return value.value === true ? "True" : "False";
    case "FloatValue":
      return floatRepr(value.value as number);
    case "StringValue":
      return stringRepr(value.value as string);
    case "ArrayValue":
      return `[${(value.value as EngineValue[]).map(pythonRepr).join(", ")}]`;
    case "TupleValue": {
      const items = (value.value as EngineValue[]).map(pythonRepr);
      return items.length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`;
    }
    case "ObjectValue": {
      const entries = [...(value.value as Map<string, EngineValue>)];
      return `{${entries.map(([key, item]) => `${stringRepr(key)}: ${pythonRepr(item)}`).join(", ")}}`;
    }
    default:
      return value.toString();
  }
}

/** A float as Python writes it: `1.0`, `1e-06`. */
export function floatRepr(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return Object.is(value, -0) ? "-0.0" : value.toFixed(1);
  const [digits, exponent] = value.toExponential().split("e") as [string, string];
  const power = Number(exponent);
  // Python changes to exponents earlier than JavaScript, and writes two digits of them.
  if (power >= -4 && power < 16) return String(value);
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\'"\p{C}\p{Z}]/gu, (character) => {
    switch (character) {
      case " ":
        return character;
      case "\\":
        return "\\\\";
      case "'":
      case '"':
        return character === quote ? `\\${character}` : character;
      case "\n":
        return "\\n";
      case "\r":
        return "\\r";
      case "\t":
        return "\\t";
      default:
        return escapeCodePoint(character.codePointAt(0) as number);
    }
  });
  return quote + escaped + quote;
}

function escapeCodePoint(code: number): string {
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
