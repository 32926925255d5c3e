import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rootFolder, runProgram } from "../support/programs.ts";

interface Packed {
  filename: string;
  size: number;
  files: { path: string; size: number }[];
}

let folder: string;
let packed: Packed;

/** Packs the package, and unpacks it into an otherwise empty project, its dependencies beside it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "t5gemma2-package-"));
  const { code, stdout } = await runProgram("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder]);
  expect(code).toBe(0);
  [packed] = JSON.parse(stdout) as [Packed];
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "t5gemma2"), { recursive: true });
  await runProgram("tar", ["-xzf", join(folder, packed.filename), "--strip-components=1", "-C", join(modules, "t5gemma2")]);
  const { dependencies } = JSON.parse(await readFile(join(rootFolder, "package.json"), "utf8")) as { dependencies: Record<string, string> };
  for (const name of Object.keys(dependencies)) {
    await mkdir(join(modules, name, ".."), { recursive: true });
    await symlink(join(rootFolder, "node_modules", name), join(modules, name));
  }
});

afterAll(() => rm(folder, { recursive: true, force: true }));

it("holds what runs, and nothing that only builds or tests it", () => {
  const paths = packed.files.map(({ path }) => path);
  for (const path of ["dist/index.js", "dist/index.d.ts", "dist/worker.js", "dist/worker.d.ts", "dist/worker-host.js", "dist/thread.js", "dist/cli.js", "README.md", "LICENSE"]) {
    expect(paths).toContain(path);
  }
  for (const kind of ["cpu", "cpu-relaxed", "threads", "threads-relaxed", "gpu", "picture", "grammar"]) expect(paths).toContain(`dist/wasm/${kind}/index_bg.wasm`);
  expect(paths).toContain("models/reader/model.safetensors");
  const foreign = paths.filter((path) => !/^(dist|models)\/|^(README\.md|LICENSE|package\.json)$/.test(path) || /stamp|training|\.tsbuildinfo/.test(path));
  expect(foreign).toEqual([]);
});

it("stays small: 12 MB packed, the CPU binary under 4 MB", () => {
  expect(packed.size).toBeLessThan(12e6);
  expect(packed.files.find(({ path }) => path === "dist/wasm/cpu/index_bg.wasm")?.size).toBeLessThan(4e6);
});

it("every file that package.json points to is there", async () => {
  const manifest = JSON.parse(await readFile(join(folder, "node_modules/t5gemma2/package.json"), "utf8")) as {
    bin: Record<string, string>;
    exports: Record<string, string | Record<string, string>>;
  };
  const targets = [...Object.values(manifest.bin), ...Object.values(manifest.exports).flatMap((entry) => (typeof entry === "string" ? entry : Object.values(entry)))];
  expect(targets.filter((path) => !existsSync(join(folder, "node_modules/t5gemma2", path)))).toEqual([]);
});

it("answers from where it is installed, saying nothing on standard error", async () => {
  const program = `
    import { pipeline } from "t5gemma2";
    const writer = await pipeline("text2text-generation", "builtin:reader");
    const [{ generatedText }] = await writer([{ role: "user", content: "Write 427 in words." }], { maxNewTokens: 32 });
    console.log(generatedText);
  `;
  const ended = await runProgram(process.execPath, ["--input-type=module", "--eval", program], { cwd: folder });
  expect(ended).toEqual({ code: 0, stdout: "four hundred twenty-seven\n", stderr: "" });
});

it("answers from a worker, and ends when there is nothing more to do", async () => {
  const program = `
    import { pipeline } from "t5gemma2/worker";
    const writer = await pipeline("text2text-generation", "builtin:reader");
    console.log(await writer([{ role: "user", content: "Write 427 in words." }]).then(([{ generatedText }]) => generatedText));
  `;
  const ended = await runProgram(process.execPath, ["--input-type=module", "--eval", program], { cwd: folder });
  expect(ended).toEqual({ code: 0, stdout: "four hundred twenty-seven\n", stderr: "" });
});

it("has no effect on import", async () => {
  const program = `
    const before = Object.keys(globalThis).concat(Object.getOwnPropertyNames(globalThis));
    await import("t5gemma2");
    await import("t5gemma2/worker");
    console.log(Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name)).join());
  `;
  expect(await runProgram(process.execPath, ["--input-type=module", "--eval", program], { cwd: folder })).toEqual({ code: 0, stdout: "\n", stderr: "" });
});
