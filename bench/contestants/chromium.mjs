// node bench/contestants/chromium.mjs t5gemma2 DTYPE FOLDER | onnxruntime-web KIND EXPORTS PACKAGE: either one on WebGPU in Chromium.
import { chromium } from "playwright";
import { chromiumFlags, chromiumProgram } from "../../scripts/lib/chromium.mjs";
import { root } from "../../scripts/lib/paths.mjs";
import { contest } from "../lib/contestant.mjs";
import { serveFolders } from "../lib/serve-folders.mjs";

const [who, kind, files, peer = root] = process.argv.slice(2);
const url = await serveFolders({ repository: root, files, peer });
const browser = await chromium.launch({ args: chromiumFlags, ...chromiumProgram() });
const page = await browser.newPage();
page.setDefaultTimeout(0);
await page.goto(`${url}page`);
const info = await page.evaluate(
  async ({ url, who, kind }) => {
    const { open } = await import(`${url}repository/bench/contestants/page-${who}.mjs`);
    const { info, handlers } = await open(url, kind);
    globalThis.measure = (order) => handlers[order.what](order);
    return info;
  },
  { url, who, kind },
);
const measure = (order) => page.evaluate((order) => globalThis.measure(order), order);
process.stdin.on("end", () => void browser.close());
await contest(info, { encode: measure, decode: measure, memory: measure });
