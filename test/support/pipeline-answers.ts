import type { Device } from "t5gemma2";
import { expect } from "vitest";
import { type Answers, readAnswers, TOLERANCE, type Written } from "./answers.ts";

/** What the official pipeline answered to calls of one checkpoint; see test/fixtures/README.md. */
export interface PipelineCase {
  readonly task: "image-text-to-text" | "text-classification" | "token-classification" | "feature-extraction";
  readonly checkpoint: string;
  /** Changes to its config.json. */
  readonly config?: object;
  readonly modelMaxLength?: number;
  readonly calls: readonly PipelineCall[];
}

/** One call. */
export interface PipelineCall {
  readonly input: never;
  readonly options: Readonly<Record<string, unknown>>;
  readonly output?: Written;
  readonly error?: string;
}

/** The cases of a task. */
export async function pipelineCases(task: PipelineCase["task"]): Promise<{ cases: PipelineCase[]; answers: Answers<PipelineCase> }> {
  const answers = await readAnswers<PipelineCase>("test/fixtures/outputs/pipelines");
  return { cases: answers.cases.filter((each) => each.task === task), answers };
}

/** Everything as the oracle has it, scores within the tolerance of logits. */
export function expectAnswers(got: unknown, wanted: unknown, device: Device, name: string): void {
  expect(got, name).toEqual(withTolerance(wanted, TOLERANCE[device]));
}

function withTolerance(value: unknown, tolerance: number): unknown {
  if (Array.isArray(value)) return value.map((item) => withTolerance(item, tolerance));
  if (typeof value !== "object" || value === null) return value;
  const { score, ...rest } = value as { score: number };
  return { ...rest, score: within(score, tolerance * Math.max(1, Math.abs(score))) };
}

/** Matches numbers nearer than a distance. */
function within(wanted: number, distance: number): unknown {
  return { asymmetricMatch: (got: unknown) => typeof got === "number" && Math.abs(got - wanted) <= distance, toString: () => `${wanted} ± ${distance}` };
}
