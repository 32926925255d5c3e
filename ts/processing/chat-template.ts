import { Environment, parse, tokenize } from "@huggingface/jinja";
import { InputError, T5Gemma2Error } from "../errors.js";
import { defineGenerationBlock, GENERATION_MARK, hasGenerationBlocks, nameGenerationBlocks, takeMarks } from "./generation-blocks.js";
import { literalsOf, markPrints, PythonInterpreter } from "./python-interpreter.js";
import { disguiseWhitespace } from "./python-whitespace.js";
import { strftime } from "./strftime.js";
import { collectStrings, mapStrings, type PlainData } from "./template-data.js";

/** The text of a conversation. */
export interface RenderedChat {
  text: string;
  /** [begin, end) in UTF-16 code units of what stands in `{% generation %}` of the template: what the assistant said. */
  generated: [number, number][];
}

/**
 * A chat template, rendered as the official implementation does: jinja with `raise_exception`, `strftime_now`, `tojson`,
 * loop controls, and blocks trimmed.
 */
export class ChatTemplate {
  readonly source: string;
  /** All literal text of the template, its string constants included, with null characters between. */
  readonly literalText: string;
  /** Whether it marks what the assistant said, by `{% generation %}`. */
  readonly marksGeneration: boolean;
  readonly #program: ReturnType<typeof parse>;

  /** @throws InputError if the template can't be parsed */
  constructor(source: string) {
    this.source = source;
    this.marksGeneration = hasGenerationBlocks(source);
    try {
      const program = parse(tokenize(nameGenerationBlocks(source), { lstrip_blocks: true, trim_blocks: true }));
      this.literalText = literalsOf(program).join("\0");
      this.#program = markPrints(this.marksGeneration ? defineGenerationBlock(program) : program);
    } catch (cause) {
      throw new InputError(`chat template: ${messageOf(cause)}`, { cause });
    }
  }

  /**
   * @param variables what the template sees, by its own names
   * @throws InputError with the template's own words where it refuses, or what went wrong in it
   */
  render(variables: { [name: string]: PlainData }): RenderedChat {
    const strings = collectStrings(variables);
    const disguise = disguiseWhitespace(strings);
    const mark = this.marksGeneration ? freeCharacter(strings) : "";
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
      [GENERATION_MARK]: mark,
    };
    try {
      for (const [name, value] of Object.entries(globals)) environment.set(name, value);
      const text = disguise.reveal(String(new PythonInterpreter(environment).run(this.#program).value));
      return takeMarks(text, mark);
    } catch (cause) {
      if (cause instanceof T5Gemma2Error) throw cause;
      throw new InputError(`chat template: ${messageOf(cause)}`, { cause });
    }
  }
}

/** A character that none of the strings has: one of those that stand for nothing, beside the disguise's. */
function freeCharacter(strings: readonly string[]): string {
  for (let code = 0x1fffe; code < 0x110000; code += 0x10000) {
    const character = String.fromCodePoint(code);
    if (!strings.some((text) => text.includes(character))) return character;
  }
  throw new InputError("chat template: the messages use every character that could mark what the assistant said");
}

function pythonRange(first: number, second?: number, step = 1): number[] {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  if (step === 0) throw new InputError("chat template: range() step must not be zero");
  return Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, index) => start + index * step);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
