import { AutoTokenizer, type GenerateOptions, InputError, T5Gemma2ForConditionalGeneration } from "t5gemma2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GenerationCase, readGenerations, sourceOf } from "../support/generations.ts";

/** Sums of up to a dozen log-probabilities. */
const SCORE_TOLERANCE = 1e-3;

/** Those that wait for inputs or ways of decoding that aren't here yet. */
const WAITING = ["inputsEmbeds", "decoderInputsEmbeds", "promptLookupNumTokens", "assistantModel", "outputAttentions", "outputHiddenStates"];
const waits = ({ name, inputs, options }: GenerationCase): boolean =>
  name === "prompt-continued" || name === "limit-no-input" || name.startsWith("other-") || [...Object.keys(inputs), ...Object.keys(options)].some((key) => WAITING.includes(key));

describe("generate on wasm", () => {
  const models = new Map<string, T5Gemma2ForConditionalGeneration>();
  let cases: readonly GenerationCase[];

  beforeAll(async () => {
    ({ cases } = await readGenerations());
  });
  afterAll(() => models.forEach((model) => model.dispose()));

  const modelOf = async (checkpoint: string): Promise<T5Gemma2ForConditionalGeneration> => {
    const model = models.get(checkpoint) ?? (await T5Gemma2ForConditionalGeneration.fromPretrained(sourceOf(checkpoint), { device: "wasm", cache: false }));
    models.set(checkpoint, model);
    return model;
  };

  it("gives the oracle's sequences for every option, prompt and limit, and for beams their scores", async () => {
    let compared = 0;
    for (const each of cases.filter((one) => one.error === undefined && !waits(one))) {
      const model = await modelOf(each.checkpoint);
      const tokenizer = each.options["stopStrings"] === undefined ? undefined : await AutoTokenizer.fromPretrained("builtin:reader");
      const result = await model.generate({ ...each.inputs, ...(each.options as GenerateOptions), tokenizer });
      expect(result.sequences, each.name).toEqual(each.sequences);
      expect(result.beamIndices, each.name).toEqual(each.beamIndices ?? result.beamIndices);
      each.sequencesScores?.forEach((score, row) => {
        expect(Math.abs((result.sequencesScores?.[row] as number) - score), `${each.name}: score ${row}`).toBeLessThanOrEqual(SCORE_TOLERANCE * Math.max(1, Math.abs(score)));
      });
      compared += 1;
    }
    expect(compared).toBeGreaterThanOrEqual(88);
  });

  it("refuses what the oracle refuses", async () => {
    const refused = cases.filter((each) => each.error !== undefined);
    expect(refused.length).toBeGreaterThanOrEqual(20);
    for (const { name, checkpoint, inputs, options } of refused) {
      const model = await modelOf(checkpoint);
      const error = await model.generate({ ...inputs, ...options }).then(() => undefined, (reason: unknown) => reason);
      expect(error, name).toBeInstanceOf(InputError);
    }
  });
});

const inputIds = [[2, 17, 40, 9, 33, 5, 101, 64]];

describe.each(["wasm", "webgpu"] as const)("choosing tokens on %s", (device) => {
  let model: T5Gemma2ForConditionalGeneration;

  beforeAll(async () => {
    model = await T5Gemma2ForConditionalGeneration.fromPretrained(sourceOf("generation"), { device, cache: false });
  });
  afterAll(() => model?.dispose());

  it("draws the same with the same seed, and otherwise with another", async () => {
    const draw = async (seed: number): Promise<number[][]> =>
      (await model.generate({ inputIds, doSample: true, topK: 0, temperature: 1.5, seed, numReturnSequences: 3, maxNewTokens: 8, eosTokenId: null })).sequences;
    const [first, again, other] = [await draw(1), await draw(1), await draw(2)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(new Set(first.map(String)).size).toBe(3);
  });

  it("reports scores, logits and log-probabilities of what it chose", async () => {
    const result = await model.generate({ inputIds, maxNewTokens: 4, suppressTokens: [3, 4], outputScores: true, outputLogits: true, logprobs: 3 });
    const [scores, logits] = [result.scores!, result.logits!];
    const tokens = result.sequences[0]!.slice(1);
    expect([scores.length, logits.length]).toEqual([tokens.length, tokens.length]);
    for (const [step, token] of tokens.entries()) {
      const [given, own] = [await scores[step]!.data(), await logits[step]!.data()];
      expect([given[3], given[4]]).toEqual([-Infinity, -Infinity]);
      expect(given.indexOf(Math.max(...given))).toBe(token);
      expect(own.every((logit, id) => id === 3 || id === 4 || logit === given[id])).toBe(true);
      const { tokenId, logprob, top } = result.logprobs![0]![step]!;
      expect([tokenId, top.length, top[0]]).toEqual([token, 3, { tokenId, logprob }]);
      const sum = given.reduce((total, score) => total + Math.exp(score), 0);
      expect(logprob).toBeCloseTo(given[token]! - Math.log(sum), 4);
    }
  });

  it.each(["repetition-penalty-1.6", "sequence-bias", "beams-10"])("equals the oracle: %s", async (name) => {
    const { cases } = await readGenerations();
    const { inputs, options, sequences } = cases.find((each) => each.name === name)!;
    expect((await model.generate({ ...inputs, ...options })).sequences).toEqual(sequences);
  });
});
