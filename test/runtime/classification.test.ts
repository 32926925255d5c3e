import { AutoModelForSequenceClassification, AutoModelForTokenClassification, type ClassificationOutput, T5Gemma2Model, Tensor } from "t5gemma2";
import { describe, expect, it } from "vitest";
import { assembled } from "../support/assembled.ts";
import { type Answers, distance, readAnswers, TOLERANCE, type Written } from "../support/answers.ts";
import { devices, fixtureSource } from "../support/files.ts";

interface Case {
  name: string;
  inputs: Record<string, Written>;
  problem_type?: string;
  outputs?: { logits: Written; loss?: number | "nan"; hidden_states?: Written[]; attentions?: Written[] };
  error?: { type: string; message: string };
}

const HEADS = {
  "single-label": { auto: AutoModelForSequenceClassification, id2label: { 0: "sad", 1: "glad", 2: "cross" } },
  "multi-label": { auto: AutoModelForSequenceClassification, id2label: { 0: "long", 1: "loud", 2: "late", 3: "odd" } },
  regression: { auto: AutoModelForSequenceClassification, id2label: { 0: "score" } },
  tokens: { auto: AutoModelForTokenClassification, id2label: { 0: "O", 1: "B-PER", 2: "I-PER", 3: "B-LOC", 4: "I-LOC" } },
} as const;

/** On a software adapter a few cases do: all the heads have in common is in `outputs.test.ts`. */
const FEW = ["left", "decoder-right", "everything"];

const folderOf = (head: string): string => `test/fixtures/classification/${head}`;
const answersOf = (head: string): Promise<Answers<Case>> => readAnswers<Case>(`${folderOf(head)}/expected`);

describe.each(devices)("on %s", (device) => {
  it.each(Object.keys(HEADS) as (keyof typeof HEADS)[])("%s scores, and measures, as the oracle", async (head) => {
    const { auto, id2label } = HEADS[head];
    const answers = await answersOf(head);
    using model = await auto.fromPretrained(fixtureSource(folderOf(head)), { device, dtype: "f32", cache: false });
    expect(model.config).toMatchObject({ id2label, numLabels: Object.keys(id2label).length });
    const forward = (inputs: Record<string, unknown>): Promise<ClassificationOutput> => model.forward(inputs as never);
    for (const { name, inputs, problem_type, outputs, error } of answers.cases) {
      // The oracle changes its configuration between cases; ours is a checkpoint's own.
      if (problem_type !== undefined || (device === "webgpu" && !FEW.includes(name))) continue;
      const given = answers.given(inputs);
      if (name === "loss-integers") given["labels"] = Tensor.from("int32", given["labels"] as number[]);
      if ("encoderOutputs" in given) given["encoderOutputs"] = { lastHiddenState: given["encoderOutputs"] };
      if (error !== undefined) {
        await expect(forward(given), name).rejects.toMatchObject({ code: "InputError" });
        continue;
      }
      const got = await forward(given);
      const { logits, loss, hidden_states = [], attentions = [] } = outputs!;
      expect(await distance(got.logits, answers.tensor(logits)), `${name}: logits`).toBeLessThanOrEqual(TOLERANCE[device]);
      if (loss === undefined) expect(got, name).not.toHaveProperty("loss");
      else if (loss === "nan") expect(got.loss, name).toBeNaN();
      else expect(Math.abs(got.loss! - loss), `${name}: loss`).toBeLessThanOrEqual(TOLERANCE[device] * Math.max(1, loss));
      expect([got.hiddenStates?.length ?? 0, got.attentions?.length ?? 0], name).toEqual([hidden_states.length, attentions.length]);
      for (const [ours, theirs] of [[got.hiddenStates, hidden_states], [got.attentions, attentions]] as const) {
        for (const [layer, tensor] of (ours ?? []).entries()) {
          expect(await distance(tensor, answers.tensor(theirs[layer])), `${name}: ${layer}`).toBeLessThanOrEqual(TOLERANCE[device]);
        }
      }
    }
  });
});

describe("a classification checkpoint", () => {
  it("takes another problem type from its configuration", async () => {
    const answers = await answersOf("single-label");
    const { inputs, outputs } = answers.cases.find(({ name }) => name === "loss-regression")!;
    const config = { problem_type: "regression" };
    using model = await AutoModelForSequenceClassification.fromPretrained(await assembled("single-label", { config }), { device: "wasm", dtype: "f32" });
    const { loss } = await model.forward(answers.given(inputs));
    expect(loss).toBeCloseTo(outputs!.loss as number, 4);
  });

  it("says which class it is of when its weights are not there", async () => {
    const source = fixtureSource("test/fixtures/checkpoints/bf16");
    await expect(AutoModelForSequenceClassification.fromPretrained(source, { device: "wasm", cache: false })).rejects.toMatchObject({
      code: "LoadError",
      message: expect.stringMatching(/score\.out_proj\.weight.*T5Gemma2ForConditionalGeneration, not T5Gemma2ForSequenceClassification/s),
    });
  });

  it("is a base model too, without its head", async () => {
    using model = await T5Gemma2Model.fromPretrained(fixtureSource(folderOf("tokens")), { device: "wasm", cache: false });
    const { lastHiddenState } = await model.forward({ inputIds: [[2, 5]], decoderInputIds: [[2, 5, 6]] });
    expect(lastHiddenState.dims).toEqual([1, 3, 32]);
  });

  it.each<[string, RegExp, object]>([
    ["labels of no class", /labels\[0\]\[1\] is 3/, { labels: [0, 3] }],
    ["as many labels as rows", /labels: are 3 for 2/, { labels: [0, 1, 2] }],
    ["whole numbers", /labels: must be whole numbers|labels: are/, { labels: [0.5, 1] }],
    ["known inputs", /useCache/, { useCache: true }],
  ])("wants %s", async (_, message, wrong) => {
    using model = await AutoModelForSequenceClassification.fromPretrained(fixtureSource(folderOf("single-label")), { device: "wasm", cache: false });
    await expect(model.forward({ inputIds: [[2, 5], [2, 6]], ...wrong })).rejects.toMatchObject({ code: "InputError", message: expect.stringMatching(message) });
  });
});
