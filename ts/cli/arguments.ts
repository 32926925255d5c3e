import { parseArgs } from "node:util";
import type { GenerateOptions } from "../generation/options.js";
import type { DeviceOption, DtypeOption } from "../runtime/types.js";

/** What the command line asks for. */
export interface Arguments {
  readonly model: string;
  readonly images: readonly string[];
  readonly device: DeviceOption;
  readonly dtype: DtypeOption;
  readonly maxNewTokens: number | undefined;
  /** How tokens are chosen, where the command line says. */
  readonly choice: Pick<GenerateOptions, "doSample" | "temperature" | "topK" | "topP" | "seed" | "numBeams">;
  /** Texts that end the answer. */
  readonly stopStrings: readonly string[];
  readonly chat: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
  /** Absent where it has to come from standard input. */
  readonly prompt: string | undefined;
}

/** The command line makes no sense: the message says why, and the exit code is 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const HELP = `Usage: t5gemma2 [options] PROMPT

Answers a prompt, with pictures or without. The prompt may also come from standard input. The answer streams to standard output.

  --model SOURCE         hub id, folder, URL of a folder, or builtin:reader (default: builtin:reader)
  --image FILE|URL       a picture; may be repeated. Each needs its <start_of_image> in the prompt, which --chat puts there
  --device DEVICE        auto, webgpu or wasm (default: auto)
  --dtype DTYPE          auto, f32, bf16, f16, q8 or q4: how weights are kept (default: auto)
  --max-new-tokens N     tokens at most (default: the checkpoint's, or else 128)
  --temperature X        draws tokens instead of taking the likeliest; below 1 likely ones are likelier
  --top-k N, --top-p P   draws of the N likeliest tokens, or of those that make up the probability P
  --seed N               makes draws the same every time
  --beams N              searches for the likeliest answer with N beams; it comes when it is whole
  --stop TEXT            ends the answer before this text; may be repeated
  --chat                 asks as a user in a conversation, by the checkpoint's chat template
  --json                 prints one line of JSON at the end, with the answer and how it was computed
  --verbose              says on standard error where and how fast it computed, terminal or not
  --help, --version

  t5gemma2 --chat --image photo.png "What number is shown?"
  t5gemma2 --model google/t5gemma-2-270m-270m --image photo.jpg "<start_of_image> in this image, there is"
`;

const OPTIONS = {
  model: { type: "string" },
  image: { type: "string", multiple: true },
  device: { type: "string" },
  dtype: { type: "string" },
  "max-new-tokens": { type: "string" },
  temperature: { type: "string" },
  "top-k": { type: "string" },
  "top-p": { type: "string" },
  seed: { type: "string" },
  beams: { type: "string" },
  stop: { type: "string", multiple: true },
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
  return {
    model: values.model ?? "builtin:reader",
    images: values.image ?? [],
    device: oneOf("--device", values.device, ["auto", "webgpu", "wasm"]),
    dtype: oneOf("--dtype", values.dtype, ["auto", "f32", "bf16", "f16", "q8", "q4"]),
    maxNewTokens: whole("--max-new-tokens", values["max-new-tokens"], 1),
    choice: readChoice(values),
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
