import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashOf, unlessStamped } from "../../scripts/lib/stamp.mjs";
import { Tally, cargoTest } from "../../scripts/lib/tests.mjs";
import { rootFolder } from "../support/programs.ts";

describe("stamps", () => {
  let folder: string;
  let path: (name: string) => string;

  beforeEach(async () => {
    folder = await mkdtemp(join(rootFolder, "node_modules/.stamp-"));
    path = (name) => relative(rootFolder, join(folder, name));
    await writeFile(join(folder, "input"), "one");
  });
  afterEach(() => rm(folder, { recursive: true }));

  const build = (words: string[] = []) =>
    unlessStamped({ stamp: path(".stamp"), hash: hashOf([path("input")], words), outputs: [path("output")] }, () => writeFile(join(folder, "output"), ""));

  it("work is done once for the same inputs", async () => {
    expect(await build()).toBe(true);
    expect(await build()).toBe(false);
  });

  it("work is done again for another content, another word, or a lost output", async () => {
    await build();
    await writeFile(join(folder, "input"), "two");
    expect(await build()).toBe(true);
    expect(await build(["flag"])).toBe(true);
    await rm(join(folder, "output"));
    expect(await build(["flag"])).toBe(true);
  });

  it("a file's name counts, not only what it holds", async () => {
    const before = hashOf([path(".")]);
    await writeFile(join(folder, "renamed"), "one");
    await rm(join(folder, "input"));
    expect(hashOf([path(".")])).not.toBe(before);
  });

  it("failed work leaves no stamp", async () => {
    const failing = unlessStamped({ stamp: path(".stamp"), hash: "x", outputs: [] }, () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    expect(await unlessStamped({ stamp: path(".stamp"), hash: "x", outputs: [] }, () => Promise.resolve())).toBe(true);
  });
});

describe("the sum of all tests", () => {
  it("adds up, and names skipped tests only if there are any", () => {
    const tally = new Tally();
    tally.add({ passed: 2, failed: 0, skipped: 0 });
    tally.add({ passed: 3, failed: 1, skipped: 0 });
    expect(tally.line()).toBe("5 passed, 1 failed");
    tally.add({ passed: 0, failed: 0, skipped: 2 });
    expect(tally.line()).toBe("5 passed, 1 failed, 2 skipped");
  });

  it("counts a crate that does not compile as a failure", async () => {
    expect(await cargoTest(["--package", "no-such-crate"], join(rootFolder, "target"))).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});
