import { InputError } from "../errors.js";

const CONTROL = /[\u0000-\u001f\u007f]/;

/** Whether `path` is a plain relative path: no empty, `.` or `..` part, no backslash, drive letter or control character. */
export function isPlainPath(path: string): boolean {
  if (path === "" || path.length > 1024 || path.includes("\\") || CONTROL.test(path) || /^[A-Za-z]:/.test(path)) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/** @throws InputError naming a path that {@link isPlainPath} refuses */
export function checkPath(path: string): void {
  if (typeof path !== "string" || !isPlainPath(path)) {
    throw new InputError(`not a plain relative path: ${JSON.stringify(path)}`, { details: { path } });
  }
}

/** The path as part of a URL. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** A URL without what may be secret, for messages. */
export function publicUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** Checks bounds and fills in their defaults. */
export function checkRange(path: string, size: number, begin = 0, end = size): { begin: number; end: number } {
  if (!Number.isSafeInteger(begin) || !Number.isSafeInteger(end) || begin < 0 || begin > end || end > size) {
    throw new InputError(`bytes ${begin} to ${end} are not inside "${path}", which has ${size}`, { details: { path, begin, end, size } });
  }
  return { begin, end };
}
