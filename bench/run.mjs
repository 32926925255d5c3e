import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { main, say, SetupError } from "../scripts/lib/run.mjs";
import { contestants, firstAnswers, loaders } from "./lib/contestants.mjs";
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
  "decode-small": { order: { what: "decode", steps: 64 }, title: "a decoder step of 6 layers of 256 columns, encoder 128", shape: "small" },
  "encode-small": { order: { what: "encode", length: 128 }, title: "their encoder of 128 tokens", shape: "small" },
  load: { fresh: loaders, limit: true, title: "loading 737 MB of bfloat16, in a fresh process" },
  "first-answer": { fresh: firstAnswers, title: "from the import to the first token of the built-in checkpoint, in a fresh process" },
  picture: { order: { what: "picture" }, title: "one picture through the real SigLIP shape, 896 x 896", shape: "siglip" },
};

await main(async () => {
  const { values } = parseArgs({
    options: { only: { type: "string" }, contests: { type: "string" }, rounds: { type: "string", default: "5" }, help: { type: "boolean" } },
  });
  if (values.help) return console.log(usage);
  const chosen = pick(values.contests ?? "decode,encode-128", contests);
  console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n`);
  for (const [name, contest] of Object.entries(chosen)) await (contest.fresh ? runFresh(contest, values) : run(name, contest, values));
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
  const counters = new Map();
  const failed = new Map();
  for (let round = 0; round < Number(rounds); round++) {
    for (const each of entered.filter(({ name }) => !failed.has(name))) {
      // A slow one is measured once: more would only heat the room.
      if (each.slow && round > 0) continue;
      try {
        const { ms, gigabytesPerSecond, stats } = await each.measure(each.limit ? { what: "stream" } : { ...contest.order, ...(each.slow && { steps: 1 }) });
        times.get(each.name).push(ms ?? gigabytesPerSecond);
        if (contest.order.what === "decode") counters.set(each.name, stats);
      } catch (error) {
        failed.set(each.name, error.message);
        say(error.message);
      }
    }
  }
  for (const each of entered) await each.close();
  report(contest, entered, times, counters);
}

/** Each in a process of its own, one after the other: what a process begins with. */
async function runFresh({ title, fresh, limit }, { only, rounds }) {
  const times = new Map();
  const memory = new Map();
  for (let round = 0; round < Number(rounds); round++) {
    for (const { name, command, args, env, ours } of fresh({ only: only?.split(",") })) {
      const started = await start(name, command, args, env);
      times.set(name, [...(times.get(name) ?? []), started.info.ms ?? started.info.loadMs]);
      if (limit && ours && !memory.has(name)) memory.set(name, await started.measure({ what: "memory" }));
      await started.close();
    }
  }
  const bytes = (name) => median(times.get(/webgpu/i.test(name) ? "bytes into WebGPU buffers" : "bytes into wasm"));
  const mebibytes = (count) => (count === undefined ? "" : `${short(count / 2 ** 20)} MiB`);
  const rows = [...times].map(([name, all]) => {
    const cells = [name, `${short(median(all))} ms`, `${short(100 * spread(all))} %`];
    if (!limit) return cells;
    const { peak, weights } = memory.get(name) ?? {};
    return [...cells, `${short(median(all) / bytes(name))} x`, mebibytes(weights), mebibytes(peak)];
  });
  const head = ["", "median", "spread", ...(limit ? ["the bytes' own time", "weights", "peak of wasm memory"] : [])];
  console.log(`## ${title}\n\n${table(head, rows)}\n`);
}

function report({ title, baseline }, entered, times, counters) {
  const figureOf = (name) => (times.get(name)?.length ? median(times.get(name)) : undefined);
  const base = figureOf(baseline);
  const rows = entered
    .filter(({ name }) => figureOf(name) !== undefined)
    .map(({ name, limit, info }) => {
      const figure = figureOf(name);
      return [
        name,
        limit ? `${short(figure)} GB/s` : `${short(figure)} ms`,
        `${short(100 * spread(times.get(name)))} %`,
        base === undefined || limit ? "" : `${short(base / figure)} x`,
        ...(counters.size === 0 ? [] : counted(counters.get(name), figure, figureOf)),
        info?.loadMs === undefined ? "" : `${short(info.loadMs / 1000)} s`,
      ];
    });
  const countedHead = counters.size === 0 ? [] : ["share of reading", "dispatches", "host writes", "host reads", "host time"];
  console.log(`## ${title}\n\n${table(["", "median", "spread", baseline ? `against ${baseline}` : "", ...countedHead, "load"], rows)}\n`);
}

/** Of the limit's rate the share at which a step reads its weights, and what it asks of the device and the host. */
function counted(stats, ms, figureOf) {
  if (stats === undefined) return ["", "", "", "", ""];
  const limit = figureOf(stats.device === "webgpu" ? "WebGPU reads buffers" : "wasm reads memory");
  const share = limit === undefined ? "" : short(stats.weightBytes / 1e6 / ms / limit);
  if (stats.device !== "webgpu") return [share, "", "", "", ""];
  return [share, short(stats.dispatches), short(stats.hostWrites), short(stats.hostReads), `${short(stats.hostMicrosecondsPerToken / 1000)} ms`];
}
