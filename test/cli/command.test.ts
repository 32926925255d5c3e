import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Ended, rootFolder, runProgram } from "../support/programs.ts";

const picture = "models/reader/samples/00.png";
const question = "What number is shown?";

const command = (args: readonly string[], input?: string): Promise<Ended> =>
  runProgram(process.execPath, ["dist/cli.js", ...args], input === undefined ? {} : { input });

describe("the command", () => {
  it("answers about a picture, and says nothing else", async () => {
    expect(await command(["--chat", "--image", picture, question])).toEqual({ code: 0, stdout: "278\n", stderr: "" });
  });

  it("takes the prompt from standard input", async () => {
    expect(await command(["--chat"], "Write 427 in words.\n")).toEqual({ code: 0, stdout: "four hundred twenty-seven\n", stderr: "" });
  });

  it("takes a raw prompt with the picture's place in it", async () => {
    const { code, stdout, stderr } = await command(["--image", picture, "<start_of_image> in this image, there is"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trim()).not.toBe("");
  });

  it("reads several pictures", async () => {
    const { code, stderr } = await command(["--chat", "--image", picture, "--image", "models/reader/samples/01.png", question]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("tells the device and the speed on request, on standard error", async () => {
    const { code, stdout, stderr } = await command(["--verbose", "--device", "wasm", "--chat", "--image", picture, question]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "278\n" });
    expect(stderr).toMatch(/^device: wasm \(asked for\), dtype: bf16, 4 tokens, \d+\.\d tokens\/s, first after \d+ ms\n$/);
  });

  it("gives JSON on request", async () => {
    const { code, stdout, stderr } = await command(["--json", "--device", "wasm", "--threads", "2", "--chat", "--max-new-tokens", "2", "--image", picture, question]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trim().split("\n")).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({ text: "27", finishReason: "length", device: "wasm", threads: 2, dtype: "bf16", tokens: 2 });
  });

  it("draws tokens, the same ones with the same seed", async () => {
    const draw = (seed: string): Promise<Ended> =>
      command(["--chat", "--temperature", "5", "--top-k", "100", "--top-p", "0.99", "--seed", seed, "--max-new-tokens", "12", "Write 427 in words."]);
    const [first, again, other] = [await draw("1"), await draw("1"), await draw("2")];
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(again).toEqual(first);
    expect(other.stdout).not.toBe(first.stdout);
  });

  it("searches with beams", async () => {
    expect(await command(["--chat", "--beams", "3", "--image", picture, question])).toEqual({ code: 0, stdout: "278\n", stderr: "" });
  });

  it("ends before a stop string", async () => {
    for (const beams of ["1", "2"]) {
      const ended = await command(["--chat", "--stop", " twenty", "--stop", "nothing", "--beams", beams, "Write 427 in words."]);
      expect(ended, beams).toEqual({ code: 0, stdout: "four hundred\n", stderr: "" });
    }
  });

  it("has help and a version", async () => {
    const { version } = JSON.parse(readFileSync(`${rootFolder}package.json`, "utf8")) as { version: string };
    expect(await command(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    const help = await command(["--help"]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    for (const option of ["--model", "--image", "--device", "--threads", "--dtype", "--max-new-tokens", "--temperature", "--top-k", "--top-p", "--seed", "--beams", "--stop", "--chat", "--json", "--task", "--schema", "--regex", "--choices", "--prompt-lookup", "--aggregation", "--pooling", "--normalize"]) expect(help.stdout).toContain(option);
  });

  it.each<[string, number, string[], RegExp]>([
    ["an unknown option", 2, ["--devise", "wasm", "hi"], /--devise/],
    ["an unknown device", 2, ["--device", "cuda", "hi"], /auto, webgpu, wasm/],
    ["two prompts", 2, ["What", "number"], /quotes/],
    ["no prompt", 2, [], /prompt is needed/],
    ["a model that is not there", 1, ["--model", "./nowhere", "hi"], /nowhere/],
    ["a picture that is not there", 1, ["--chat", "--image", "nowhere.png", "hi"], /nowhere\.png/],
    ["a file that is no picture", 1, ["--chat", "--image", "package.json", "hi"], /package\.json|picture/],
    ["a picture without a place", 1, ["--image", picture, "hi"], /start_of_image/],
    ["a temperature of nothing", 2, ["--temperature", "0", "hi"], /number above 0/],
  ])("ends with one line and a code: %s", async (_, code, args, message) => {
    const ended = await command(args, "");
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toMatch(/^t5gemma2: [^\n]+\n$/);
    expect(ended.stderr).toMatch(message);
  });

  it("stops on Ctrl-C", async () => {
    const child = spawn(process.execPath, ["dist/cli.js", "--chat", "--verbose"], { cwd: rootFolder, stdio: ["pipe", "pipe", "pipe"] });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      // It waits for its prompt once it says so.
      if (stderr === "") child.kill("SIGINT");
      stderr += text;
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect({ code, stderr }).toEqual({ code: 130, stderr: "reading the prompt from standard input\n" });
  });
});
