import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { mustRun, say } from "./run.mjs";

/** Installs the npm packages that package-lock.json names, if they are not all there in their versions. */
export async function installPackages() {
  if (packagesAreCurrent()) return;
  say("installing npm packages");
  // No package here needs its install script, and some would download what is not used.
  await mustRun("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], "npm packages do not install; is the registry reachable?");
}

function packagesAreCurrent() {
  const installed = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installed)) return false;
  const wanted = readPackages(join(root, "package-lock.json"));
  const present = readPackages(installed);
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "" || (entry.optional && !present[path])) return true;
    return present[path]?.version === entry.version;
  });
}

function readPackages(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}
