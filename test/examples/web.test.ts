import { type Browser, chromium } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { chromiumFlags, chromiumProgram } from "../../scripts/lib/chromium.mjs";
import { serve } from "../../scripts/serve.mjs";

let server: Awaited<ReturnType<typeof serve>>;
let browser: Browser;

beforeAll(async () => {
  server = await serve();
  browser = await chromium.launch({ args: chromiumFlags, ...chromiumProgram() });
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

it("the web page reads the sample and a chosen picture, under a strict policy and from its own server only", async () => {
  const page = await browser.newPage();
  const troubles: string[] = [];
  page.on("console", (message) => message.type() === "error" && troubles.push(`${message.text()} (${message.location().url})`));
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith("blob:")) troubles.push(`asked for ${request.url()}`);
  });

  await page.goto(`${server.url}examples/web/`);
  await page.locator("#status", { hasText: "Ready on wasm" }).waitFor();
  await page.click("#ask");
  await page.locator("#status", { hasText: "Done on wasm" }).waitFor();
  expect(await page.textContent("#answer")).toBe("278");

  // Two cores or more: their threads are workers, which the policy lets be.
  const cores = await page.evaluate(() => navigator.hardwareConcurrency);
  expect(page.workers()).toHaveLength(Math.min(8, cores) - 1);

  await page.setInputFiles("#file", "models/reader/samples/01.png");
  await page.fill("#question", "What colour is the number?");
  await page.click("#ask");
  await page.locator("#answer", { hasText: "blue" }).waitFor();
  expect(troubles).toEqual([]);
});
