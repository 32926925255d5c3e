import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { run } from "./run.mjs";

/** Counts of tests, summed over runners. */
export class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;

  add({ passed, failed, skipped }) {
    this.passed += passed;
    this.failed += failed;
    this.skipped += skipped;
  }

  line() {
    return `${this.passed} passed, ${this.failed} failed${this.skipped > 0 ? `, ${this.skipped} skipped` : ""}`;
  }
}

/** Runs cargo's tests to the end, whichever fail, and counts them. What does not compile counts as one failure. */
export async function cargoTest(args, targetFolder) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const code = await run("cargo", ["test", "--no-fail-fast", ...args], {
    env: { ...process.env, CARGO_TARGET_DIR: targetFolder },
    onLine: (line) => {
      const found = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/.exec(line);
      if (found === null) return;
      const [passed, failed, skipped] = found.slice(1).map(Number);
      counts.passed += passed;
      counts.failed += failed;
      counts.skipped += skipped;
    },
  });
  return withFailure(counts, code);
}

/** Runs vitest in the given runtime and counts its tests. A file that does not load, or a stray error, counts as one failure. */
export async function vitest(name, runtime, args) {
  const report = join(root, `test/.output/${name}.json`);
  rmSync(report, { force: true });
  const code = await run(runtime, [...args, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`]);
  if (!existsSync(report)) return withFailure({ passed: 0, failed: 0, skipped: 0 }, code);
  const { numPassedTests: passed, numFailedTests: failed, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, "utf8"));
  return withFailure({ passed, failed, skipped: numPendingTests + numTodoTests }, code);
}

function withFailure(counts, code) {
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}
