import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** What makes headless Chromium offer WebGPU on a machine without a GPU, and stay off the network. */
export const chromiumFlags = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
];

/** The system's Chromium or Chrome, or undefined: Playwright then uses its own download. */
export function findChromium() {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((file) => existsSync(file));
}

/** The same as an option for Playwright. */
export function chromiumProgram() {
  const executablePath = findChromium();
  return executablePath === undefined ? { channel: "chromium" } : { executablePath };
}
