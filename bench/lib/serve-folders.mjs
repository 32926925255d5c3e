import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const types = { ".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };

/** A page that finds the packages of the built bundle in the folder `repository`. */
const imports = {
  "@huggingface/jinja": "/repository/node_modules/@huggingface/jinja/dist/index.js",
  "@huggingface/tokenizers": "/repository/node_modules/@huggingface/tokenizers/dist/tokenizers.mjs",
};
const page = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>`;

/** Serves folders under their names on the loopback address, ranges included; resolves with the address. */
export async function serveFolders(folders) {
  const server = createServer((request, response) => {
    const [, name, ...rest] = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname)).split("/");
    if (name === "page") return response.writeHead(200, { "content-type": "text/html" }).end(page);
    const file = join(folders[name] ?? "/nowhere", ...rest);
    if (!existsSync(file) || statSync(file).isDirectory()) return response.writeHead(404).end();
    const { size } = statSync(file);
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    const range = from === undefined ? undefined : { start: Number(from), end: to === "" ? size - 1 : Math.min(Number(to), size - 1) };
    response.writeHead(range ? 206 : 200, {
      "content-type": types[extname(file)] ?? "application/octet-stream",
      "content-length": range ? range.end - range.start + 1 : size,
      "accept-ranges": "bytes",
      ...(range && { "content-range": `bytes ${range.start}-${range.end}/${size}` }),
    });
    return request.method === "HEAD" ? response.end() : createReadStream(file, range).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return `http://127.0.0.1:${server.address().port}/`;
}
