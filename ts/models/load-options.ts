import { InputError } from "../errors.js";
import type { SourceOptions } from "../hub/index.js";
import { checkOptions } from "../options.js";
import { LOAD_OPTIONS } from "../processing/load-options.js";
import { checkDeviceOption } from "../runtime/runtime.js";
import { checkThreadsOption } from "../runtime/thread-choice.js";
import type { DeviceOption, Dtype, DtypeOption, ThreadsOption } from "../runtime/types.js";

/** What every `fromPretrained` takes: where the files come from, where the model computes, how its weights are kept. */
export interface FromPretrainedOptions extends SourceOptions {
  /** "auto" takes WebGPU on a hardware adapter and the CPU elsewhere. @default "auto" */
  device?: DeviceOption | undefined;
  /**
   * Threads that compute on the CPU. "auto" takes as many as the machine has, up to 8, in Node, Deno and cross-origin isolated
   * pages, and 1 elsewhere; the answers are the same. @default "auto"
   */
  threads?: ThreadsOption | undefined;
  /**
   * "auto" keeps all that a checkpoint has (bf16 of bfloat16, f32 of most others) where it fits into half of the machine's memory,
   * and on the CPU into 3.5 GiB; else it takes q8, or q4. @default "auto"
   */
  dtype?: DtypeOption | undefined;
}

const DTYPES: readonly DtypeOption[] = ["auto", "f32", "bf16", "f16", "q8", "q4"];

/**
 * Refuses unknown options by name, and values that make no sense; stops a call that was aborted before it began.
 *
 * @throws InputError naming the option
 */
export function checkLoadOptions(where: string, options: FromPretrainedOptions): void {
  checkOptions(where, options, LOAD_OPTIONS);
  checkDeviceOption(options.device);
  checkThreadsOption(options.threads);
  checkDtypeOption(options.dtype);
  options.signal?.throwIfAborted();
}

/** Checks a dtype option that came from a caller. */
export function checkDtypeOption(value: unknown): "auto" | Dtype {
  if (value === undefined) return "auto";
  const wish = DTYPES.find((known) => known === value);
  if (wish !== undefined) return wish;
  throw new InputError(`dtype: ${JSON.stringify(value)} is not one of ${DTYPES.join(", ")}`, { details: { option: "dtype", value } });
}
