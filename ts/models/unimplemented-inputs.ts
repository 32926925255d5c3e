import { InputError } from "../errors.js";

/** Inputs of the oracle's `forward` that aren't implemented yet, with the values that ask for nothing. */
const UNIMPLEMENTED: Readonly<Record<string, readonly unknown[]>> = {
  inputsEmbeds: [],
  decoderInputsEmbeds: [],
  pastKeyValues: [],
  labels: [],
  cachePosition: [],
  useCache: [false],
  outputHiddenStates: [false],
  outputAttentions: [false],
  returnDict: [true],
};

/** Their names, so that they aren't taken for unknown ones. */
export const UNIMPLEMENTED_INPUTS: readonly string[] = Object.keys(UNIMPLEMENTED);

/** @throws InputError naming an input that would be ignored */
export function refuseUnimplemented(where: string, inputs: object): void {
  for (const [name, neutral] of Object.entries(UNIMPLEMENTED)) {
    const value = (inputs as Readonly<Record<string, unknown>>)[name];
    if (value === undefined || value === null || neutral.includes(value)) continue;
    throw new InputError(`${where}: ${name} is not implemented yet`, { details: { argument: name } });
  }
}
