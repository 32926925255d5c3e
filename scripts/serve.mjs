import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./lib/paths.mjs";

const types = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".png": "image/png",
};

/** A strict policy, to show that the package asks for no more than `wasm-unsafe-eval`. Inline import maps are named by hash. */
function policyFor(file) {
  const maps = [...readFileSync(file, "utf8").matchAll(/<script type="importmap">([\s\S]*?)<\/script>/g)];
  const hashes = maps.map(([, map]) => `'sha256-${createHash("sha256").update(map).digest("base64")}'`);
  return `default-src 'self'; img-src 'self' blob:; worker-src 'self'; script-src 'self' 'wasm-unsafe-eval' ${hashes.join(" ")}`;
}

/** What makes its pages cross-origin isolated: threads share memory only there. */
const isolation = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

/** Serves the repository's files on the loopback address; resolves with the server's address and how to close it. */
export async function serve(port = 0) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    const named = join(root, path);
    const file = existsSync(named) && statSync(named).isDirectory() ? join(named, "index.html") : named;
    if (!existsSync(file)) return response.writeHead(404).end();
    const headers = { "content-type": types[extname(file)] ?? "application/octet-stream", "content-length": statSync(file).size, ...isolation };
    if (file.endsWith(".html")) headers["content-security-policy"] = policyFor(file);
    response.writeHead(200, headers);
    return request.method === "HEAD" ? response.end() : createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => new Promise((resolve) => server.close(resolve)) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve(Number(process.env.PORT ?? 8080));
  console.log(`${url}examples/web/`);
}
