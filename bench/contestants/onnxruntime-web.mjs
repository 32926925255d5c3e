// node bench/contestants/onnxruntime-web.mjs PACKAGE-FOLDER EXPORT-FOLDER KIND: onnxruntime-web on one wasm thread.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { contest } from "../lib/contestant.mjs";
import { onnxHandlers } from "./onnx-orders.mjs";

const [packageFolder, exports, kind] = process.argv.slice(2);
const dist = join(packageFolder, "dist");
const ort = await import(pathToFileURL(join(dist, "ort.wasm.min.mjs")));
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmBinary = readFileSync(join(dist, "ort-wasm-simd-threaded.wasm"));
const file = (name) => (kind === "f32" && name === "decoder" ? "decoder_tied" : name);
const open = (name) => ort.InferenceSession.create(readFileSync(join(exports, kind, `${file(name)}.onnx`)), { executionProviders: ["wasm"] });

await contest({}, onnxHandlers(ort, open));
