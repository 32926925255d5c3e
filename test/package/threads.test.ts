import { expect, it } from "vitest";
import { runProgram } from "../support/programs.ts";
import { findDeno } from "../../scripts/lib/runtimes.mjs";

const program = `
  import { T5Gemma2ForConditionalGeneration } from "./dist/index.js";
  const model = await T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device: "wasm", threads: 3 });
  await model.generate({ inputIds: [[2, 50, 60, 70, 1]], maxNewTokens: 4 });
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const { user, system } = process.cpuUsage(before);
  console.log(model.threads, user + system < 200_000 ? "idle" : \`busy for \${user + system} microseconds\`);
`;

const hosts = [
  ["Node", process.execPath, ["--input-type=module", "--eval", program]],
  ["Deno", findDeno(), ["eval", `import process from "node:process";${program}`]],
] as const;

it.each(hosts)("idle threads take no time, and do not keep %s from ending", async (_name, command, args) => {
  expect(await runProgram(command, args)).toEqual({ code: 0, stdout: "3 idle\n", stderr: "" });
});
