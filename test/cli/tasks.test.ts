import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, rootFolder, runProgram } from "../support/programs.ts";

const picture = "models/reader/samples/00.png";
const command = (...args: string[]): Promise<Ended> => runProgram(process.execPath, ["dist/cli.js", "--device", "wasm", ...args]);
let folder: string;

/** Checkpoints with a tokenizer beside them. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "t5gemma2-tasks-"));
  for (const head of ["single-label", "tokens"]) {
    await cp(`${rootFolder}test/fixtures/classification/${head}`, join(folder, head), { recursive: true });
    for (const file of ["tokenizer.json", "tokenizer_config.json"]) await cp(`${rootFolder}models/reader/${file}`, join(folder, head, file));
  }
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the command's tasks", () => {
  it("text-classification prints labels", async () => {
    const classify = (...args: string[]): Promise<Ended> => command("--task", "text-classification", "--model", join(folder, "single-label"), "--dtype", "f32", ...args);
    expect(await classify("two hundred")).toEqual({ code: 0, stdout: "sad\t0.7771\n", stderr: "" });
    expect((await classify("--top-k", "2", "two hundred")).stdout).toBe("sad\t0.7771\ncross\t0.1357\n");
    const { stdout } = await classify("--json", "two hundred");
    expect(JSON.parse(stdout)).toMatchObject({ task: "text-classification", result: [{ label: "sad" }], device: "wasm", dtype: "f32", dtypeReason: "asked for" });
  });

  it("token-classification prints entities", async () => {
    const tag = (...args: string[]): Promise<Ended> => command("--task", "ner", "--model", join(folder, "tokens"), "--dtype", "f32", ...args);
    expect((await tag("Write 427")).stdout).toBe('I-PER\t0.3924\t0\t5\t"Write"\nI-PER\t0.5068\t5\t6\t"▁"\n');
    expect((await tag("--aggregation", "simple", "Write 427")).stdout).toBe('PER\t0.4496\t0\t6\t"Write "\n');
  });

  it("feature-extraction prints vectors", async () => {
    const { code, stdout } = await command("--task", "feature-extraction", "--normalize", "six");
    const [vector, ...others] = stdout.trim().split("\n").map((line) => JSON.parse(line) as number[]);
    expect([code, vector!.length, others.length]).toEqual([0, 128, 0]);
    expect(Math.hypot(...vector!)).toBeCloseTo(1, 5);
    expect((await command("--task", "feature-extraction", "--pooling", "none", "six")).stdout.trim().split("\n")).toHaveLength(2);
  });

  it("feature-extraction reads a picture", async () => {
    const vector = async (...args: string[]): Promise<number[]> => JSON.parse((await command("--task", "feature-extraction", ...args)).stdout) as number[];
    const [one, two] = [await vector("--image", picture, "<start_of_image>"), await vector("--image", "models/reader/samples/01.png", "<start_of_image>")];
    expect([one.length, two.length]).toEqual([128, 128]);
    expect(one).not.toEqual(two);
  });

  it("the writing ones answer", async () => {
    for (const task of ["text2text-generation", "summarization", "translation_en_to_de"]) {
      const ended = await command("--task", task, "--chat", "--prompt-lookup", "2", "Write 427 in words.");
      expect(ended, task).toEqual({ code: 0, stdout: "four hundred twenty-seven\n", stderr: "" });
    }
  });

  it("answers fit what is asked for", async () => {
    const ask = (...args: string[]): Promise<Ended> => command("--chat", "--image", picture, ...args, "What number is shown?");
    expect(await ask("--regex", "[13]\\d{2}!")).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[13]\d\d!\n$/) });
    expect((await ask("--choices", "red,blue")).stdout).toMatch(/^(red|blue)\n$/);
    const schema = join(folder, "schema.json");
    const number = { type: "integer", minimum: 100, maximum: 999 };
    await writeFile(schema, JSON.stringify({ type: "object", properties: { number }, required: ["number"], additionalProperties: false }));
    const { stdout } = await ask("--schema", schema, "--max-new-tokens", "64");
    expect(JSON.parse(stdout)).toEqual({ number: expect.toSatisfy((value: number) => Number.isInteger(value) && value >= 100 && value <= 999) });
  });

  it.each<[string, number, string[], RegExp]>([
    ["a task that there isn't", 2, ["--task", "sing", "hi"], /--task is one of/],
    ["an option of another task", 2, ["--task", "ner", "--chat", "hi"], /--chat has no effect on the task ner/],
    ["a schema that is not there", 1, ["--schema", "nowhere.json", "hi"], /--schema: .*nowhere\.json/],
    ["a schema that is no JSON", 1, ["--schema", "README.md", "hi"], /README\.md holds no JSON/],
    ["a regular expression that is none", 1, ["--regex", "(", "hi"], /regex/],
    ["a checkpoint of another task", 1, ["--task", "text-classification", "hi"], /T5Gemma2ForConditionalGeneration, not/],
  ])("ends with one line and a code: %s", async (_, code, args, message) => {
    const ended = await command(...args);
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toMatch(/^t5gemma2: [^\n]+\n$/);
    expect(ended.stderr).toMatch(message);
  });
});
