#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { isGeneratingTask } from "../pipelines/pipeline.js";
import { answer, type Listener, type Report, type ReportBase } from "./answer.js";
import { type Arguments, readArguments } from "./arguments.js";
import { HELP } from "./help.js";
import { ProgressBars } from "./progress-bars.js";
import { linesOf, read, type ReadReport } from "./read.js";
import { UsageError } from "./usage-error.js";

const [OK, FAILURE, USAGE, INTERRUPTED] = [0, 1, 2, 130];

/** Writes and waits until it is written, so that the process may end afterwards. */
function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => stream.write(text, () => resolve()));
}

async function version(): Promise<string> {
  const manifest = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  return manifest.version;
}

async function readPrompt(given: string | undefined, signal: AbortSignal, note: (message: string) => void): Promise<string> {
  if (given !== undefined) return given;
  if (process.stdin.isTTY) throw new UsageError("a prompt is needed, as an argument or on standard input");
  signal.addEventListener("abort", () => process.stdin.destroy());
  note("reading the prompt from standard input");
  process.stdin.setEncoding("utf8");
  let text = "";
  for await (const chunk of process.stdin) text += chunk as string;
  text = text.replace(/\r?\n$/, "");
  if (text === "") throw new UsageError("a prompt is needed: standard input is empty");
  return text;
}

function summary(report: Report | ReadReport): string {
  const { device, deviceReason, dtype }: ReportBase = report;
  const place = `device: ${device} (${deviceReason}), dtype: ${dtype}`;
  if ("result" in report) return place;
  const { tokens, tokensPerSecond, prefillMs } = report;
  return `${place}, ${tokens} tokens, ${tokensPerSecond.toFixed(1)} tokens/s, first after ${Math.round(prefillMs)} ms`;
}

async function run(options: Arguments, abort: AbortController): Promise<number> {
  const isTerminal = process.stderr.isTTY === true;
  const note = (message: string): void => {
    if (isTerminal || options.verbose) process.stderr.write(`${message}\n`);
  };
  const prompt = await readPrompt(options.prompt, abort.signal, note);
  let bars = isTerminal ? await ProgressBars.create() : undefined;
  const stopBars = (): void => {
    bars?.stop();
    bars = undefined;
  };
  try {
    const listener: Listener = {
      onProgress(event) {
        if (event.status === "warning") note(`${event.file}: ${event.message}`);
        else bars?.on(event);
      },
      onText(text) {
        stopBars();
        if (!options.json) process.stdout.write(text);
      },
      onNote: note,
    };
    const { task } = options;
    const report = isGeneratingTask(task)
      ? await answer(options, task, prompt, abort.signal, listener)
      : await read(options, prompt, abort.signal, listener);
    stopBars();
    const lines = options.json ? [JSON.stringify(report)] : "result" in report ? linesOf(report.result) : [""];
    await write(process.stdout, lines.map((line) => `${line}\n`).join(""));
    note(summary(report));
    return abort.signal.aborted ? INTERRUPTED : OK;
  } finally {
    stopBars();
  }
}

async function main(args: readonly string[]): Promise<number> {
  const abort = new AbortController();
  // Once ends the answer, twice the process.
  process.on("SIGINT", () => (abort.signal.aborted ? process.exit(INTERRUPTED) : abort.abort()));
  // Whoever reads the answer may stop reading.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? OK : FAILURE));
  try {
    const options = readArguments(args);
    if (options === "help") await write(process.stdout, HELP);
    else if (options === "version") await write(process.stdout, `${await version()}\n`);
    else return await run(options, abort);
    return OK;
  } catch (error) {
    if (abort.signal.aborted) return INTERRUPTED;
    const message = error instanceof Error ? error.message : String(error);
    const hint = error instanceof UsageError ? " (t5gemma2 --help lists the options)" : "";
    await write(process.stderr, `t5gemma2: ${message.replace(/\s*\n\s*/g, " ")}${hint}\n`);
    return error instanceof UsageError ? USAGE : FAILURE;
  }
}

process.exit(await main(process.argv.slice(2)));
