import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { main, say, SetupError } from "../scripts/lib/run.mjs";
import { contestants, loaders } from "./lib/contestants.mjs";
import { median, short, spread, table } from "./lib/figures.mjs";
import { start } from "./lib/start.mjs";

const usage = `npm run bench -- [--only NAME,...] [--contests NAME,...] [--rounds N]
Contestants are measured in turn, round after round, so that all meet the same machine. bench/README.md says what the peers need.`;

/** What is measured. Baseline names the contestant the others' times are divided by. */
const contests = {
  decode: { order: { what: "decode", steps: 16 }, title: "a decoder step after few tokens, encoder 128", baseline: "onnxruntime-web f32" },
  "decode-long": { order: { what: "decode", steps: 8, after: 4096 }, title: "a decoder step after 4096 tokens, encoder 128", ours: true },
  "decode-batch": { order: { what: "decode", steps: 8, batch: 4 }, title: "a decoder step of 4 rows, encoder 128", ours: true },
  "encode-128": { order: { what: "encode", length: 128 }, title: "encoder of 128 tokens", baseline: "onnxruntime-web int8" },
  "encode-512": { order: { what: "encode", length: 512 }, title: "encoder of 512 tokens", baseline: "onnxruntime-web int8" },
  load: { loads: true, title: "loading 737 MB of bfloat16, in a fresh process" },
  picture: { order: { what: "picture" }, title: "one picture through the real SigLIP shape, 896 x 896", shape: "siglip" },
};

await main(async () => {
  const { values } = parseArgs({
    options: { only: { type: "string" }, contests: { type: "string" }, rounds: { type: "string", default: "5" }, help: { type: "boolean" } },
  });
  if (values.help) return console.log(usage);
  const chosen = pick(values.contests ?? "decode,encode-128", contests);
  console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n`);
  for (const [name, contest] of Object.entries(chosen)) await (contest.loads ? runLoads(contest, values) : run(name, contest, values));
});

function pick(names, from) {
  const list = names === "all" ? Object.keys(from) : names.split(",");
  const unknown = list.find((name) => !Object.hasOwn(from, name));
  if (unknown !== undefined) throw new SetupError(`there is no ${unknown}; there are ${Object.keys(from).join(", ")}`);
  return Object.fromEntries(list.map((name) => [name, from[name]]));
}

async function run(name, contest, { only, rounds }) {
  const entered = await contestants({ shape: contest.shape ?? "270m", oursAlone: contest.ours ?? contest.shape !== undefined, only: only?.split(","), contest: name });
  const times = new Map(entered.map(({ name }) => [name, []]));
  const failed = new Map();
  for (let round = 0; round < Number(rounds); round++) {
    for (const each of entered.filter(({ name }) => !failed.has(name))) {
      // A slow one is measured once: more would only heat the room.
      if (each.slow && round > 0) continue;
      try {
        const { ms, gigabytesPerSecond } = await each.measure(each.limit ? { what: "stream" } : { ...contest.order, ...(each.slow && { steps: 1 }) });
        times.get(each.name).push(ms ?? gigabytesPerSecond);
      } catch (error) {
        failed.set(each.name, error.message);
        say(error.message);
      }
    }
  }
  for (const each of entered) await each.close();
  report(contest, entered, times);
}

/** Each in a process of its own, one after the other, since loading is what a process begins with. */
async function runLoads({ title }, { only, rounds }) {
  const times = new Map();
  for (let round = 0; round < Number(rounds); round++) {
    for (const { name, command, args, env } of loaders({ shape: "270m", only: only?.split(",") })) {
      const started = await start(name, command, args, env);
      times.set(name, [...(times.get(name) ?? []), started.info.loadMs]);
      await started.close();
    }
  }
  const limit = (name) => median(times.get(/webgpu/i.test(name) ? "bytes into WebGPU buffers" : "bytes into wasm"));
  const rows = [...times].map(([name, all]) => [name, `${short(median(all))} ms`, `${short(100 * spread(all))} %`, `${short(median(all) / limit(name))} x`]);
  console.log(`## ${title}\n\n${table(["", "median", "spread", "the bytes' own time"], rows)}\n`);
}

function report({ title, baseline }, entered, times) {
  const base = times.get(baseline)?.length ? median(times.get(baseline)) : undefined;
  const rows = entered
    .filter(({ name }) => times.get(name).length > 0)
    .map(({ name, limit, info }) => {
      const all = times.get(name);
      const figure = median(all);
      return [
        name,
        limit ? `${short(figure)} GB/s` : `${short(figure)} ms`,
        `${short(100 * spread(all))} %`,
        base === undefined || limit ? "" : `${short(base / figure)} x`,
        info?.loadMs === undefined ? "" : `${short(info.loadMs / 1000)} s`,
      ];
    });
  console.log(`## ${title}\n\n${table(["", "median", "spread", baseline ? `against ${baseline}` : "", "load"], rows)}\n`);
}
