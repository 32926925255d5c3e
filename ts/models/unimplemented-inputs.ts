import { InputError } from "../errors.js";

/** @throws InputError naming an input of the oracle's that would be ignored */
export function refuseUnimplemented(where: string, inputs: object): void {
  for (const name of ["decoderInputsEmbeds", "pastKeyValues"]) {
    const value = (inputs as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined && value !== null) throw new InputError(`${where}: ${name} is not implemented yet`, { details: { argument: name } });
  }
}
