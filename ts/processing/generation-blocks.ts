import { parse, tokenize } from "@huggingface/jinja";

type Program = ReturnType<typeof parse>;

/** The variable with the character that is written before and after what stands in `{% generation %}`. */
export const GENERATION_MARK = "__generation_mark__";

const MACRO = "__generation__";
const TAG = /\{%([-+]?)\s*(end)?generation\s*(-?)%\}/g;
/** What the template engine leaves out is written as a block that it knows. */
const DEFINITION = `{%- macro ${MACRO}() -%}{{ ${GENERATION_MARK} }}{{ caller() }}{{ ${GENERATION_MARK} }}{%- endmacro -%}`;

/** Whether a template marks what the assistant said. */
export function hasGenerationBlocks(source: string): boolean {
  return source.search(TAG) >= 0;
}

/** The template with `{% generation %}` as calls of a macro, which {@link defineGenerationBlock} defines. */
export function nameGenerationBlocks(source: string): string {
  return source.replace(TAG, (_, before: string, end: string | undefined, after: string) =>
    `{%${before === "+" ? "" : before} ${end === undefined ? `call ${MACRO}()` : "endcall"} ${after}%}`,
  );
}

/** Puts the macro before a parsed template. Changes it. */
export function defineGenerationBlock(program: Program): Program {
  program.body.unshift(...parse(tokenize(DEFINITION)).body);
  return program;
}

/** Takes the marks out of a rendered text, and tells where they were in pairs. */
export function takeMarks(text: string, mark: string): { text: string; generated: [number, number][] } {
  if (mark === "") return { text, generated: [] };
  const parts = text.split(mark);
  const generated: [number, number][] = [];
  let length = 0;
  parts.forEach((part, index) => {
    if (index % 2 === 1) generated.push([length, length + part.length]);
    length += part.length;
  });
  return { text: parts.join(""), generated };
}
