import { readFile } from "node:fs/promises";
import type { Constraint } from "../generation/constraint.js";
import { UsageError } from "./usage-error.js";

/** A constraint as the command line has it: a schema by its file. */
export type AskedConstraint = { readonly schema: string } | { readonly regex: string } | { readonly choices: readonly string[] };

/** @throws UsageError for more than one of them */
export function readConstraint({ schema, regex, choices }: { schema?: string; regex?: string; choices?: string }): AskedConstraint | undefined {
  const given: AskedConstraint[] = [];
  if (schema !== undefined) given.push({ schema });
  if (regex !== undefined) given.push({ regex });
  if (choices !== undefined) given.push({ choices: choices.split(",") });
  if (given.length > 1) throw new UsageError("one of --schema, --regex and --choices is taken, not several");
  return given[0];
}

/** Reads the schema's file. @throws an error that names it */
export async function openConstraint(asked: AskedConstraint): Promise<Constraint> {
  if (!("schema" in asked)) return asked;
  let text: string;
  try {
    text = await readFile(asked.schema, "utf8");
  } catch (error) {
    throw new Error(`--schema: ${(error as Error).message}`);
  }
  try {
    return { jsonSchema: JSON.parse(text) as Readonly<Record<string, unknown>> };
  } catch (error) {
    throw new Error(`--schema: ${asked.schema} holds no JSON: ${(error as Error).message}`);
  }
}
