import { Environment, parse, tokenize } from "@huggingface/jinja";
import { InputError, T5Gemma2Error } from "../errors.js";
import { literalsOf, markPrints, PythonInterpreter } from "./python-interpreter.js";
import { disguiseWhitespace } from "./python-whitespace.js";
import { strftime } from "./strftime.js";
import { collectStrings, mapStrings, type PlainData } from "./template-data.js";

/**
 * A chat template, rendered as the official implementation does: jinja with `raise_exception`, `strftime_now`, `tojson`,
 * loop controls, and blocks trimmed.
 */
export class ChatTemplate {
  readonly source: string;
  /** All literal text of the template, its string constants included, with null characters between. */
  readonly literalText: string;
  readonly #program: ReturnType<typeof parse>;

  /** @throws InputError if the template can't be parsed */
  constructor(source: string) {
    this.source = source;
    try {
      const program = parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
      this.literalText = literalsOf(program).join("\0");
      this.#program = markPrints(program);
    } catch (cause) {
      throw new InputError(`chat template: ${messageOf(cause)}`, { cause });
    }
  }

  /**
   * @param variables what the template sees, by its own names
   * @throws InputError with the template's own words where it refuses, or what went wrong in it
   */
  render(variables: { [name: string]: PlainData }): string {
    const disguise = disguiseWhitespace(collectStrings(variables));
    const environment = new Environment();
    const globals: Record<string, unknown> = {
      true: true,
      false: false,
      none: null,
      True: true,
      False: false,
      None: null,
      range: pythonRange,
      strftime_now: (format: unknown) => strftime(new Date(), String(format)),
      raise_exception: (message: unknown) => {
        throw new InputError(`chat template: ${String(message)}`);
      },
      ...(mapStrings(variables, disguise.hide) as object),
    };
    try {
      for (const [name, value] of Object.entries(globals)) environment.set(name, value);
      return disguise.reveal(String(new PythonInterpreter(environment).run(this.#program).value));
    } catch (cause) {
      if (cause instanceof T5Gemma2Error) throw cause;
      throw new InputError(`chat template: ${messageOf(cause)}`, { cause });
    }
  }
}

function pythonRange(first: number, second?: number, step = 1): number[] {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  if (step === 0) throw new InputError("chat template: range() step must not be zero");
  return Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, index) => start + index * step);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
