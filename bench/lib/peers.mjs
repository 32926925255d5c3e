import { existsSync, mkdirSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { cacheFolder } from "../../scripts/lib/paths.mjs";
import { say, SetupError } from "../../scripts/lib/run.mjs";

const version = "1.30.0";

/** Where `bench/peers/export.py` puts its exports. */
export const exportsFolder = join(cacheFolder, "bench", "onnx");

/** onnxruntime-web's folder; installed beside the checkpoints, since only the benchmark wants its 100 MB. */
export function onnxruntimeWeb() {
  const prefix = join(cacheFolder, "bench", `onnxruntime-web-${version}`);
  const folder = join(prefix, "node_modules/onnxruntime-web");
  if (existsSync(folder)) return folder;
  say("installing onnxruntime-web");
  mkdirSync(prefix, { recursive: true });
  const { status } = spawnSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", prefix, `onnxruntime-web@${version}`], {
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) throw new SetupError("onnxruntime-web does not install; is the registry reachable?");
  return folder;
}
