import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { rootFolder } from "../support/programs.ts";

const read = (path: string) => readFile(rootFolder + path, "utf8");

it.each(["examples/web/read.js", "examples/deno/read.ts", "examples/node/read.mjs"])("the README shows %s as it is tested", async (path) => {
  expect(await read("README.md")).toContain((await read(path)).trim());
});

it("the README links only to files that exist", async () => {
  const links = [...(await read("README.md")).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path!);
  expect(links.length).toBeGreaterThan(3);
  expect(links.filter((path) => !existsSync(rootFolder + path))).toEqual([]);
});
