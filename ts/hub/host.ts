/** Whether this is Node or Deno, where folders have paths. A page with a `process` shim has a document. */
export function hasFileSystem(): boolean {
  if ("Deno" in globalThis) return true;
  const versions = (globalThis as { process?: { versions?: { node?: string } } }).process?.versions;
  return versions?.node !== undefined && !("document" in globalThis);
}

/** A variable of the environment; undefined if it is unset, empty, not to be had in a browser, or not permitted in Deno. */
export function environment(name: string): string | undefined {
  if (!hasFileSystem()) return undefined;
  try {
    return process.env[name] || undefined;
  } catch {
    return undefined;
  }
}

let pageAddress: string | undefined;

/** What relative addresses are relative to: the page, in its workers too; undefined where there is none. */
export function baseAddress(): string | undefined {
  return pageAddress ?? (globalThis as { document?: { baseURI: string } }).document?.baseURI ?? globalThis.location?.href;
}

/** Tells a worker of its page. */
export function setBaseAddress(address: string): void {
  pageAddress = address;
}
