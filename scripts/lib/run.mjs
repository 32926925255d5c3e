import { spawn, spawnSync } from "node:child_process";
import { root } from "./paths.mjs";

/** What went wrong, in one line that says what to do. Scripts print it without a stack. */
export class SetupError extends Error {}

/** Says on standard error what is being done; standard output belongs to the program that is run in the end. */
export function say(text) {
  process.stderr.write(`\u2022 ${text}\n`);
}

/** Runs a program to its end, its output on our standard error. Resolves with its exit code, 127 if there is no such program. */
export function run(command, args, { env = process.env, onLine } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", onLine ? "pipe" : 2, 2] });
    let rest = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      process.stderr.write(text);
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      lines.forEach(onLine);
    });
    child.on("error", () => resolve(127));
    child.on("close", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1)));
  });
}

/** Runs a program to its end and throws a one-line error with this message if it fails. */
export async function mustRun(command, args, message, options) {
  const code = await run(command, args, options);
  if (code !== 0) throw new SetupError(`${message} (${command} ended with ${code})`);
}

/** A quiet program's standard output, or undefined if it fails or is not there. */
export function ask(command, args, env = process.env) {
  const { status, stdout } = spawnSync(command, args, { cwd: root, env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return status === 0 ? stdout.trim() : undefined;
}

/** Runs a script's main function: one line for what a person can mend, everything for what is our fault. */
export async function main(body) {
  try {
    process.exitCode = (await body()) ?? 0;
  } catch (error) {
    console.error(error instanceof SetupError ? `error: ${error.message}` : error);
    process.exitCode = 1;
  }
}
