import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as api from "../../ts/index.js";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const sources = readdirSync(new URL("ts/", root), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => read(`ts/${path}`))
  .join("\n");

const rows = read("docs/parity.md")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| transformers |"))
  .map((line) => line.split("|").map((cell) => cell.trim()).slice(1, 4) as [theirs: string, ours: string, tests: string]);
const quoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);

/** What a class or an object of the package's offers by that name; a configuration made of nothing has all its fields. */
function offers(exported: unknown, member: string): boolean {
  if (typeof exported !== "function") return typeof exported === "object" && exported !== null && member in exported;
  const { prototype } = exported as { prototype?: object };
  if (member in exported || (prototype !== undefined && member in prototype)) return true;
  const isConfig = exported.name.endsWith("Config");
  return isConfig && member in (new (exported as new () => object)());
}

describe("the page of parity", () => {
  it("has its rows", () => expect(rows.length).toBeGreaterThan(200));

  it.each(rows)("%s is %s", (theirs, ours, tests) => {
    expect(quoted(theirs).length > 0 || theirs === "(ours)" || theirs === "activations").toBe(true);
    for (const file of quoted(tests)) expect(existsSync(new URL(file, root)), file).toBe(true);
    for (const name of quoted(ours)) {
      const [first, member] = name.split(".") as [string, string?];
      if (member !== undefined) expect(offers((api as Record<string, unknown>)[first], member), name).toBe(true);
      else if (/^[A-Z]/.test(name)) expect(Object.keys(api), name).toContain(name);
      // An argument, option or field of a result: somewhere it is declared.
      else expect(sources).toMatch(new RegExp(`\\b${name}(\\?:|:|\\(|"\\b)|"${name}"`));
    }
    // What is here is held by something.
    if (ours.startsWith("`")) expect(quoted(tests).length, "a test").toBeGreaterThan(0);
  });
});
