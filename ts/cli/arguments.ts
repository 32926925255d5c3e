import { parseArgs } from "node:util";
import type { GenerateOptions } from "../generation/options.js";
import type { Pooling } from "../models/pooling.js";
import type { AggregationStrategy } from "../pipelines/entities.js";
import { isGeneratingTask, isTask, type Task, TASKS } from "../pipelines/pipeline.js";
import type { DeviceOption, DtypeOption, ThreadsOption } from "../runtime/types.js";
import { type AskedConstraint, readConstraint } from "./constraint.js";
import { uselessOption } from "./task-options.js";
import { UsageError } from "./usage-error.js";

/** What the command line asks for. */
export interface Arguments {
  readonly task: Task;
  readonly model: string;
  readonly images: readonly string[];
  readonly device: DeviceOption;
  readonly threads: ThreadsOption;
  readonly dtype: DtypeOption;
  readonly maxNewTokens: number | undefined;
  /** How tokens are chosen, where the command line says. */
  readonly choice: Pick<GenerateOptions, "doSample" | "temperature" | "topK" | "topP" | "seed" | "numBeams" | "promptLookupNumTokens">;
  /** What the answer has to fit. */
  readonly constraint: AskedConstraint | undefined;
  /** Texts that end the answer. */
  readonly stopStrings: readonly string[];
  /** How many labels, where the task gives labels. */
  readonly labels: number | undefined;
  readonly aggregation: AggregationStrategy;
  readonly pooling: Pooling;
  readonly normalize: boolean;
  readonly chat: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
  /** Absent where it has to come from standard input. */
  readonly prompt: string | undefined;
}

const OPTIONS = {
  task: { type: "string" },
  model: { type: "string" },
  image: { type: "string", multiple: true },
  device: { type: "string" },
  threads: { type: "string" },
  dtype: { type: "string" },
  "max-new-tokens": { type: "string" },
  temperature: { type: "string" },
  "top-k": { type: "string" },
  "top-p": { type: "string" },
  seed: { type: "string" },
  beams: { type: "string" },
  stop: { type: "string", multiple: true },
  schema: { type: "string" },
  regex: { type: "string" },
  choices: { type: "string" },
  "prompt-lookup": { type: "string" },
  aggregation: { type: "string" },
  pooling: { type: "string" },
  normalize: { type: "boolean" },
  chat: { type: "boolean" },
  json: { type: "boolean" },
  verbose: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

/**
 * Reads the command line.
 *
 * @throws UsageError in one line that says what to do
 */
export function readArguments(args: readonly string[]): Arguments | "help" | "version" {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  if (values.version) return "version";
  if (positionals.length > 1) {
    throw new UsageError(`one prompt is taken, not ${positionals.length}: put quotes around it (unexpected: ${JSON.stringify(positionals[1])})`);
  }
  const task = readTask(values.task);
  const useless = uselessOption(task, Object.keys(values));
  if (useless !== undefined) throw new UsageError(`--${useless} has no effect on the task ${task}`);
  return {
    task,
    model: values.model ?? "builtin:reader",
    images: values.image ?? [],
    device: oneOf("--device", values.device, ["auto", "webgpu", "wasm"]),
    threads: values.threads === "auto" ? "auto" : (whole("--threads", values.threads, 1) ?? "auto"),
    dtype: oneOf("--dtype", values.dtype, ["auto", "f32", "bf16", "f16", "q8", "q4"]),
    maxNewTokens: whole("--max-new-tokens", values["max-new-tokens"], 1),
    choice: isGeneratingTask(task) ? readChoice(values) : {},
    constraint: readConstraint(values),
    labels: isGeneratingTask(task) ? undefined : whole("--top-k", values["top-k"], 1),
    aggregation: oneOf("--aggregation", values.aggregation, ["none", "simple", "first", "average", "max"]),
    pooling: oneOf("--pooling", values.pooling, ["mean", "last", "none"]),
    normalize: values.normalize ?? false,
    stopStrings: values.stop ?? [],
    chat: values.chat ?? false,
    json: values.json ?? false,
    verbose: values.verbose ?? false,
    prompt: positionals[0],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    // The parser's own words, without its advice for programmers.
    throw new UsageError((error as Error).message.split(/\. |\n/, 1)[0]);
  }
}

function readTask(value = "image-text-to-text"): Task {
  if (isTask(value)) return value;
  throw new UsageError(`--task is one of ${TASKS.join(", ")}, not ${JSON.stringify(value)}`);
}

function oneOf<T extends string>(name: string, value: string | undefined, known: readonly [T, ...T[]]): T {
  const found = value === undefined ? known[0] : known.find((each) => each === value);
  if (found === undefined) throw new UsageError(`${name} is one of ${known.join(", ")}, not ${JSON.stringify(value)}`);
  return found;
}

/** How tokens are to be chosen; asking for a way of drawing asks for draws. */
function readChoice(values: ReturnType<typeof parse>["values"]): Arguments["choice"] {
  const draw = {
    ...given("temperature", fraction("--temperature", values.temperature)),
    ...given("topK", whole("--top-k", values["top-k"], 0)),
    ...given("topP", fraction("--top-p", values["top-p"])),
  };
  return {
    ...(Object.keys(draw).length > 0 && { doSample: true }),
    ...draw,
    ...given("seed", whole("--seed", values.seed, 0)),
    ...given("numBeams", whole("--beams", values.beams, 1)),
    ...given("promptLookupNumTokens", whole("--prompt-lookup", values["prompt-lookup"], 1)),
  };
}

function given<K extends string>(key: K, value: number | undefined): { [P in K]?: number } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: number };
}

function whole(name: string, value: string | undefined, least: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^(0|[1-9]\d{0,8})$/.test(value) && Number(value) >= least) return Number(value);
  throw new UsageError(`${name} is a whole number from ${least}, not ${JSON.stringify(value)}`);
}

function fraction(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d*\.?\d+$/.test(value) && Number(value) > 0) return Number(value);
  throw new UsageError(`${name} is a number above 0, not ${JSON.stringify(value)}`);
}
