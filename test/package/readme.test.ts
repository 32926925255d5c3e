import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { rootFolder, runProgram } from "../support/programs.ts";

const read = (path: string) => readFile(rootFolder + path, "utf8");

it.each(["examples/web/read.js", "examples/deno/read.ts", "examples/node/read.mjs", "examples/node/embed.mjs"])("the README shows %s as it is tested", async (path) => {
  expect(await read("README.md")).toContain((await read(path)).trim());
});

it("the README links only to files that exist", async () => {
  const links = [...(await read("README.md")).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path!);
  expect(links.length).toBeGreaterThan(3);
  expect(links.filter((path) => !existsSync(rootFolder + path))).toEqual([]);
});

it("the README's labels and summaries come", async () => {
  const folder = await mkdtemp(join(tmpdir(), "t5gemma2-readme-"));
  for (const head of ["single-label", "tokens"]) {
    await cp(`${rootFolder}test/fixtures/classification/${head}`, join(folder, head), { recursive: true });
    for (const file of ["tokenizer.json", "tokenizer_config.json"]) await cp(`${rootFolder}models/reader/${file}`, join(folder, head, file));
  }
  const blocks = (await read("README.md")).matchAll(/```js\n(.*?)```/gs);
  const shown = [...blocks].map(([, code]) => code as string).find((code) => code.includes("./my-classifier")) as string;
  const sources = { "./my-classifier": join(folder, "single-label"), "./my-tagger": join(folder, "tokens"), "./my-summarizer": "builtin:reader" };
  const code = Object.entries(sources).reduce((text, [name, path]) => text.replace(JSON.stringify(name), JSON.stringify(path)), shown);
  const program = `import { pipeline } from "t5gemma2"; const article = "Write 427 in words."; ${code.replace(/await (classify|tag|summarize)\((.*)\);/g, "console.log(JSON.stringify(await $1($2)));")}`;
  const { stdout, ...ended } = await runProgram(process.execPath, ["--input-type=module", "--eval", program]);
  await rm(folder, { recursive: true });
  expect(ended).toEqual({ code: 0, stderr: "" });
  const [labels, every, entities, summaries] = stdout.trim().split("\n").map((line) => JSON.parse(line) as unknown);
  expect(labels).toEqual([{ label: "sad", score: expect.closeTo(0.777, 2) }]);
  expect(every).toMatchObject([{ length: 3 }, { length: 3 }]);
  expect(entities).toContainEqual({ entityGroup: expect.any(String), score: expect.any(Number), word: expect.any(String), start: expect.any(Number), end: expect.any(Number) });
  expect(summaries).toEqual([{ inputText: "Write 427 in words.", summaryText: expect.any(String) }]);
});
