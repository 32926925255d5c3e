import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { root } from "../../scripts/lib/paths.mjs";

/** Starts a contestant and waits until it is ready; `what` names the run in messages. */
export async function start(name, command, args, env = {}) {
  const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (complaints = (complaints + text).slice(-2000)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise((resolve) => child.on("close", resolve).on("error", resolve));
  const answer = async () => {
    // A library may print lines of its own.
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${name} ended: ${complaints.trim().split("\n").slice(-4).join(" | ")}`);
      if (value.startsWith("{")) return JSON.parse(value);
    }
  };
  const { ready } = await answer();
  return {
    name,
    info: ready,
    async measure(order) {
      child.stdin.write(`${JSON.stringify(order)}\n`);
      const got = await answer();
      if (got.error !== undefined) throw new Error(`${name}: ${got.error}`);
      return got;
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
