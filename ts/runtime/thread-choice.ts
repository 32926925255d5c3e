import { DeviceError, InputError } from "../errors.js";
import type { Host } from "./host.js";
import type { ThreadsOption } from "./types.js";

/** How many threads compute, and the sentence that explains it. */
export interface ThreadChoice {
  readonly threads: number;
  readonly reason: string;
}

/** More than these share a memory bus that fewer keep busy; half of them may be no cores of their own. */
const MOST_BY_THEMSELVES = 8;

/** What can be asked for. */
const MOST = 64;

/** Checks a threads option that came from a caller. */
export function checkThreadsOption(value: unknown): ThreadsOption {
  if (value === undefined || value === "auto") return "auto";
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MOST) return value;
  throw new InputError(`threads: ${JSON.stringify(value)} is neither "auto" nor a whole number from 1 to ${MOST}`, {
    details: { option: "threads", value },
  });
}

/**
 * Turns the wish into a number of threads on the CPU.
 *
 * @throws DeviceError if several are asked for where threads can't share memory: the message says why.
 */
export function chooseThreads(wish: ThreadsOption, host: Host): ThreadChoice {
  const missing = withoutSharing();
  if (typeof wish === "number") {
    if (wish > 1 && missing !== undefined) throw new DeviceError(`threads: ${wish} can't share memory: ${missing}`, { details: { threads: wish } });
    return { threads: wish, reason: "asked for" };
  }
  if (missing !== undefined) return { threads: 1, reason: missing };
  const found = host.hardwareThreads();
  const threads = Math.max(1, Math.min(found, MOST_BY_THEMSELVES));
  return { threads, reason: `the machine has ${found}` };
}

/** Why threads can't share memory here, if they can't. */
function withoutSharing(): string | undefined {
  if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false) {
    return "the page is not cross-origin isolated (headers Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy)";
  }
  return typeof SharedArrayBuffer === "undefined" ? "there is no SharedArrayBuffer here" : undefined;
}
