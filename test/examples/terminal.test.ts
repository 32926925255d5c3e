import { expect, it } from "vitest";
import { findDeno } from "../../scripts/lib/runtimes.mjs";
import { rootFolder, runProgram } from "../support/programs.ts";

const picture = "models/reader/samples/01.png";

it("the Node example reads the picture", async () => {
  const ended = await runProgram(process.execPath, ["examples/node/read.mjs", picture, "What colour is the number?"]);
  expect(ended).toEqual({ code: 0, stdout: "blue\n", stderr: "" });
});

it("the Deno example reads the picture", async () => {
  // The import map stands for `deno add npm:t5gemma2`: it gives the name to this very package.
  const ended = await runProgram(findDeno(), ["run", "-A", "--import-map=test/examples/import-map.json", "examples/deno/read.ts", picture]);
  expect(ended).toMatchObject({ code: 0, stdout: "33\n" });
});

it("the worker example reads three pictures, in Node and in Deno", async () => {
  const answers = ["two hundred seventy-eight", "thirty-three", "five hundred thirty-two"];
  const stdout = answers.map((answer, index) => `models/reader/samples/0${index}.png: ${answer}\n`).join("");
  expect(await runProgram(process.execPath, ["examples/worker/read.mjs"])).toEqual({ code: 0, stdout, stderr: "" });
  expect(await runProgram(findDeno(), ["run", "-A", "--import-map=test/examples/import-map.json", "examples/worker/read.mjs"])).toMatchObject({ code: 0, stdout });
});

it("a worker that has nothing to do keeps no program from its end, in Node and in Deno", async () => {
  const program = (module: string) => `
    const { pipeline } = await import(${JSON.stringify(module)});
    const writer = await pipeline("text2text-generation", "builtin:reader");
    console.log((await writer([{ role: "user", content: "Write 427 in words." }]))[0].generatedText);
  `;
  const stdout = "four hundred twenty-seven\n";
  expect(await runProgram(process.execPath, ["--input-type=module", "--eval", program(`${rootFolder}dist/worker.js`)])).toMatchObject({ code: 0, stdout });
  expect(await runProgram(findDeno(), ["eval", program(`./dist/worker.js`)])).toMatchObject({ code: 0, stdout });
});
