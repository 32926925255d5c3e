import { isObject, type Field, type JsonObject, type JsonValue } from "./config-fields.js";

type Check = (value: JsonValue) => string | undefined;

const check =
  (words: string, is: (value: JsonValue) => boolean): Check =>
  (value) =>
    is(value) ? undefined : words;

const isWhole = (value: JsonValue): value is number => Number.isSafeInteger(value);
const isNumber = (value: JsonValue): value is number => typeof value === "number" && Number.isFinite(value);
const isText = (value: JsonValue): value is string => typeof value === "string";
const isList = (value: JsonValue, is: (item: JsonValue) => boolean): boolean => Array.isArray(value) && value.every(is);

const WHOLE = check("a whole number", isWhole);
const NUMBER = check("a number", isNumber);
const FLAG = check("true or false", (value) => typeof value === "boolean");
const TEXT = check("a string", isText);
const WHOLES = check("a list of whole numbers", (value) => isList(value, isWhole));

const orNull =
  (inner: Check): Check =>
  (value) => {
    const complaint = value === null ? undefined : inner(value);
    return complaint === undefined ? undefined : `${complaint} or null`;
  };

/** A field that must pass `complaint`. */
export const checked = <T>(key: string, fallback: T, words: string, is: (value: JsonValue) => boolean): Field<T> => ({
  key,
  fallback,
  complaint: check(words, is),
});

/** As {@link checked}, or null, which is the default. */
export const checkedOrNull = <T>(key: string, words: string, is: (value: JsonValue) => boolean): Field<T | null> => ({
  key,
  fallback: null,
  complaint: orNull(check(words, is)),
});

export const whole = (key: string, fallback: number): Field<number> => ({ key, fallback, complaint: WHOLE });
export const number = (key: string, fallback: number): Field<number> => ({ key, fallback, complaint: NUMBER, isDecimal: true });
export const flag = (key: string, fallback: boolean): Field<boolean> => ({ key, fallback, complaint: FLAG });
export const text = (key: string, fallback: string): Field<string> => ({ key, fallback, complaint: TEXT });

export const wholeOrNull = (key: string, fallback: number | null = null): Field<number | null> => ({ key, fallback, complaint: orNull(WHOLE) });
export const numberOrNull = (key: string, fallback: number | null = null): Field<number | null> => ({
  key,
  fallback,
  complaint: orNull(NUMBER),
  isDecimal: true,
});
export const flagOrNull = (key: string, fallback: boolean | null = null): Field<boolean | null> => ({ key, fallback, complaint: orNull(FLAG) });
export const textOrNull = (key: string): Field<string | null> => ({ key, fallback: null, complaint: orNull(TEXT) });
export const wholesOrNull = (key: string): Field<readonly number[] | null> => ({ key, fallback: null, complaint: orNull(WHOLES) });

/** A token id, or several. */
export const ids = (key: string, fallback: number | null = null): Field<number | readonly number[] | null> => ({
  key,
  fallback,
  complaint: orNull(check("a token id or a list of them", (value) => isWhole(value) || isList(value, isWhole))),
});
export const textsOrNull = (key: string): Field<readonly string[] | null> => checkedOrNull(key, "a list of strings", (value) => isList(value, isText));

/** A string, or several. */
export const textOrTexts = (key: string): Field<string | readonly string[] | null> =>
  checkedOrNull(key, "a string or a list of strings", (value) => isText(value) || isList(value, isText));

/** Sequences of token ids. */
export const sequencesOrNull = (key: string): Field<readonly (readonly number[])[] | null> =>
  checkedOrNull(key, "a list of lists of token ids", (value) => isList(value, (item) => isList(item, isWhole)));

/** An object or null, whose content is somebody else's to check. */
export const objectOrNull = (key: string): Field<JsonObject | null> => checkedOrNull(key, "an object", isObject);

/** What nobody here looks at: it is kept as it is. */
export const anything = (key: string): Field<JsonValue> => ({ key, fallback: null, complaint: () => undefined });

/** A number, or two of them for height and width. */
export const size = (key: string, fallback: number): Field<number | readonly number[]> =>
  checked(key, fallback, "a whole number or a list of them", (value) => isWhole(value) || isList(value, isWhole));
