import { type Environment, Interpreter, type parse } from "@huggingface/jinja";
import { type EngineValue, pythonStr } from "./python-print.js";

type Program = ReturnType<typeof parse>;
type Statement = NonNullable<Parameters<Interpreter["evaluate"]>[0]>;
type Result = ReturnType<Interpreter["evaluate"]>;

/** A part of a parsed template, with whatever parts it has itself. */
interface Node {
  type: string;
  [key: string]: unknown;
}

/** Where a node has what is written out one after the other. */
const BLOCKS = ["body", "alternate", "defaultBlock"] as const;
const STATEMENTS = new Set(["Set", "If", "For", "Macro", "Break", "Continue", "CallStatement", "FilterStatement", "Comment"]);
const PRINT = "PythonPrint";

/** Marks the expressions of a template whose values are written out. Changes the template. */
export function markPrints(program: Program): Program {
  const visit = (node: Node): void => {
    for (const key of BLOCKS) {
      const block = node[key];
      if (!Array.isArray(block)) continue;
      node[key] = (block as Node[]).map((child) => {
        visit(child);
        return STATEMENTS.has(child.type) || child.type === "StringLiteral" ? child : { type: PRINT, expression: child };
      });
    }
  };
  visit(program as unknown as Node);
  return program;
}

/** Every text that stands in a template, outside of its tags and as a constant. */
export function literalsOf(program: Program): string[] {
  const literals = new Set<string>();
  const visit = (value: unknown): void => {
    if (value instanceof Map) value.forEach((item, key) => [key, item].forEach(visit));
    else if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === "object" && value !== null) {
      const node = value as Node;
      if (node.type === "StringLiteral") literals.add(node["value"] as string);
      else Object.values(node).forEach(visit);
    }
  };
  visit(program);
  return [...literals];
}

/**
 * Writes values out as Python does (`True`, `None`, `{'a': 1}`), where the engine has JavaScript's ways or JSON. For
 * templates that went through {@link markPrints}.
 */
export class PythonInterpreter extends Interpreter {
  override evaluate(statement: Statement | undefined, environment: Environment): Result {
    const node = statement as unknown as Node | undefined;
    if (node?.type === PRINT) return this.#print([node["expression"]], environment);
    if (node?.type === "BinaryExpression" && (node["operator"] as { value: string }).value === "~") {
      return this.#print([node["left"], node["right"]], environment);
    }
    if (node?.type === "FilterExpression" && (node["filter"] as Node)["value"] === "string") {
      return this.#print([node["operand"]], environment);
    }
    return super.evaluate(statement, environment);
  }

  #print(expressions: unknown[], environment: Environment): Result {
    const texts = expressions.map((expression) =>
      pythonStr(this.evaluate(expression as Statement, environment) as unknown as EngineValue),
    );
    return super.evaluate({ type: "StringLiteral", value: texts.join("") } as unknown as Statement, environment);
  }
}
