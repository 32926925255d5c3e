import { expect, it } from "vitest";
import { findDeno } from "../../scripts/lib/runtimes.mjs";
import { runProgram } from "../support/programs.ts";

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

it("the worker example reads three pictures", async () => {
  const answers = ["two hundred seventy-eight", "thirty-three", "five hundred thirty-two"];
  const lines = answers.map((answer, index) => `models/reader/samples/0${index}.png: ${answer}\n`);
  expect(await runProgram(process.execPath, ["examples/worker/read.mjs"])).toEqual({ code: 0, stdout: lines.join(""), stderr: "" });
});

it("the embedding example finds like sentences alike", async () => {
  const { stdout, ...ended } = await runProgram(process.execPath, ["examples/node/embed.mjs"]);
  expect(ended).toEqual({ code: 0, stderr: "" });
  const cosines = stdout.trim().split("\n").map((line) => Number.parseFloat(line));
  expect(cosines).toHaveLength(2);
  expect(cosines[0]).toBeGreaterThan(0.9);
  expect(cosines[1]).toBeLessThan(0.3);
});
