import { ask, run, say } from "./run.mjs";

let listsAreFresh = false;

/** Installs Debian packages where that is possible without asking anybody; says whether it did. */
export async function aptInstall(...packages) {
  if (process.getuid?.() !== 0 || ask("apt-get", ["--version"]) === undefined) return false;
  say(`installing Debian packages: ${packages.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  if (!listsAreFresh) {
    await run("apt-get", ["update", "-qq"], { env });
    listsAreFresh = true;
  }
  return (await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], { env })) === 0;
}
