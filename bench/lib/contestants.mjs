import { existsSync } from "node:fs";
import { dawnEnvironment } from "../../scripts/lib/dawn-environment.mjs";
import { ask, say } from "../../scripts/lib/run.mjs";
import { checkpoint } from "./checkpoint.mjs";
import { exportsFolder, onnxruntimeWeb } from "./peers.mjs";
import { start } from "./start.mjs";

const node = process.execPath;
const script = (name) => `bench/contestants/${name}`;

/** What makes a Node before 21 do what later ones do by themselves, and browsers and Deno too. */
const relaxedSimd = Number(process.versions.node.split(".")[0]) < 21 ? "--experimental-wasm-relaxed-simd" : undefined;

/** Every contestant's name, command and when it can take part. `slow` ones are measured once, for one step. */
function* all(shape) {
  const folder = checkpoint(shape);
  const ours = script("t5gemma2.mjs");
  yield { name: "wasm reads memory", limit: true, command: node, args: [script("wasm-streaming.mjs")] };
  for (const dtype of ["f32", "bf16", "q8", "q4"]) {
    yield { name: `t5gemma2 wasm ${dtype}`, ours: true, command: node, args: [ours, "wasm", dtype, folder] };
    if (relaxedSimd !== undefined) yield { name: `t5gemma2 wasm ${dtype} relaxed`, ours: true, command: node, args: [relaxedSimd, ours, "wasm", dtype, folder] };
  }
  yield { name: "t5gemma2 wasm q8, two threads", ours: true, command: node, args: [ours, "wasm", "q8", folder, "2"] };
  yield { name: "WebGPU reads buffers", limit: true, command: node, args: [script("webgpu-streaming.mjs")], env: dawnEnvironment };
  for (const dtype of ["f32", "q8", "q4"]) {
    yield { name: `t5gemma2 webgpu ${dtype}`, ours: true, command: node, args: [ours, "webgpu", dtype, folder], env: dawnEnvironment };
  }
  yield { name: "t5gemma2 webgpu q4 in Chromium", ours: true, command: node, args: [script("chromium.mjs"), "t5gemma2", "q4", folder] };
  if (shape === "270m") yield* peers(folder);
}

function* peers(folder) {
  const python = process.env.T5GEMMA2_BENCH_PYTHON ?? "python3";
  const has = (module) => ask(python, ["-c", `import ${module}`]) !== undefined;
  if (existsSync(exportsFolder)) {
    const ort = onnxruntimeWeb();
    const kinds = { f32: "f32", int8: "q8", q4: "q4" };
    for (const [label, kind] of Object.entries(kinds)) {
      yield { name: `onnxruntime-web ${label}`, command: node, args: [script("onnxruntime-web.mjs"), ort, exportsFolder, kind] };
    }
    yield { name: "onnxruntime-web webgpu q4 in Chromium", slow: true, command: node, args: [script("chromium.mjs"), "onnxruntime-web", "q4", exportsFolder, ort] };
    if (has("onnxruntime")) {
      for (const [label, kind] of Object.entries(kinds)) {
        yield { name: `onnxruntime native ${label}`, command: python, args: [script("onnxruntime_native.py"), exportsFolder, kind] };
      }
    } else say(`${python} has no onnxruntime: its contestants stay away`);
  } else say(`no ONNX exports in ${exportsFolder}: onnxruntime stays away (bench/README.md)`);
  if (has("transformers")) {
    for (const dtype of ["f32", "bf16"]) yield { name: `torch ${dtype}`, command: python, args: [script("torch_native.py"), folder, dtype] };
  } else say(`${python} has no transformers: torch stays away`);
}

/** Who can take part in loading: this package, and what reads the same bytes. */
export function* loaders({ only }) {
  const folder = checkpoint("270m");
  const reader = (device) => [script("read-bytes.mjs"), device, folder];
  yield { name: "bytes into wasm", command: node, args: reader("wasm") };
  yield { name: "bytes into WebGPU buffers", command: node, args: reader("webgpu"), env: dawnEnvironment };
  yield* chosen(all("270m"), only, ({ ours }) => ours);
}

/** Who answers from the built-in checkpoint. */
export function firstAnswers({ only }) {
  const on = (device, env) => ({ name: `t5gemma2 ${device}`, command: node, args: [script("first-answer.mjs"), device], env });
  return chosen([on("wasm"), on("webgpu", dawnEnvironment)], only, () => true);
}

function* chosen(from, only, may) {
  for (const each of from) if (may(each) && (!only || only.some((part) => each.name.includes(part)))) yield each;
}

/** Starts the contestants of a contest; one that can't start is named and left out. */
export async function contestants({ shape, oursAlone, only }) {
  const started = [];
  for (const { name, command, args, env, limit, slow } of chosen(all(shape), only, ({ ours, limit }) => !oursAlone || ours || limit)) {
    try {
      started.push({ ...(await start(name, command, args, env)), limit, slow });
    } catch (error) {
      say(error.message);
    }
  }
  return started;
}
