import { AutoTokenizer, type GenerateOptions, GenerationConfig, InputError, T5Gemma2ForConditionalGeneration, type Tensor } from "t5gemma2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largestDifference } from "../support/compare.ts";
import { readFixture, readFixtureJson } from "../support/files.ts";
import { type GenerationCase, readGenerations, sourceOf } from "../support/generations.ts";
import { readTensors } from "../support/safetensors.ts";

/** Sums of up to a dozen log-probabilities. */
const SCORE_TOLERANCE = 1e-3;

/** Of the largest magnitude, as for the model's logits. */
const TOLERANCE = 1e-4;

/** Infinities differ from themselves by NaN. */
const finite = (value: number): number => (Number.isFinite(value) ? value : -9);

/** How many new tokens of each row are its own, after one to begin with. */
const ownTokens = (sequences: readonly (readonly number[])[], eos: number): number[] =>
  sequences.map((row) => (row.includes(eos) ? row.indexOf(eos) : row.length - 1));

/** The oracle's encoder outputs are a tensor. */
const given = ({ inputs: { encoderOutputs, ...inputs } }: GenerationCase): Record<string, unknown> =>
  encoderOutputs === undefined ? inputs : { ...inputs, encoderOutputs: { lastHiddenState: encoderOutputs } };

describe("generate on wasm", () => {
  const models = new Map<string, T5Gemma2ForConditionalGeneration>();
  let cases: readonly GenerationCase[];
  let tensors: ReadonlyMap<string, Tensor<"float32">>;

  beforeAll(async () => {
    ({ cases, tensors } = await readGenerations());
  });
  afterAll(() => models.forEach((model) => model.dispose()));

  const modelOf = async (checkpoint: string): Promise<T5Gemma2ForConditionalGeneration> => {
    const model = models.get(checkpoint) ?? (await T5Gemma2ForConditionalGeneration.fromPretrained(sourceOf(checkpoint), { device: "wasm", cache: false }));
    models.set(checkpoint, model);
    return model;
  };

  it("gives the oracle's sequences for every option, prompt and limit, and for beams their scores", async () => {
    let compared = 0;
    for (const each of cases.filter((one) => one.error === undefined)) {
      const model = await modelOf(each.checkpoint);
      const tokenizer = each.options["stopStrings"] === undefined ? undefined : await AutoTokenizer.fromPretrained("builtin:reader");
      const assistant = each.options["assistantModel"] === true ? { assistantModel: model } : {};
      const result = await model.generate({ ...given(each), ...(each.options as GenerateOptions), ...assistant, tokenizer });
      expect(result.sequences, each.name).toEqual(each.sequences);
      expect(result.beamIndices, each.name).toEqual(each.beamIndices ?? result.beamIndices);
      each.sequencesScores?.forEach((score, row) => {
        expect(Math.abs((result.sequencesScores?.[row] as number) - score), `${each.name}: score ${row}`).toBeLessThanOrEqual(SCORE_TOLERANCE * Math.max(1, Math.abs(score)));
      });
      compared += 1;
    }
    expect(compared).toBeGreaterThanOrEqual(90);
  });

  it("gives the oracle's sequences with positions, allowed tokens and marks", async () => {
    const { cases: more } = await readGenerations("generate-more");
    const model = await modelOf("generation");
    const { vocabSize } = model.config.decoder;
    // The rule of scripts/fixtures/outputs_generate_more.py.
    const rule = (batchId: number, row: number[]): number[] => Array.from({ length: vocabSize }, (_, id) => id).filter((id) => (id + row.at(-1)!) % 4 === batchId % 4);
    let compared = 0;
    for (const { name, inputs, options, sequences, sequencesScores } of more.filter((each) => each.kept === undefined)) {
      const own = options["prefixAllowedTokensFn"] === true ? { prefixAllowedTokensFn: rule } : {};
      const result = await model.generate({ ...inputs, ...(options as GenerateOptions), ...own });
      expect(result.sequences, name).toEqual(sequences);
      sequencesScores?.forEach((score, row) => expect(result.sequencesScores![row], name).toBeCloseTo(score, 3));
      compared += 1;
    }
    expect(compared).toBeGreaterThanOrEqual(10);
    const { inputs } = more[0]!;
    await expect(model.generate({ ...inputs, prefixAllowedTokensFn: () => [] })).rejects.toThrow(/^prefixAllowedTokensFn: allows row 0 no token/);
  });

  it("draws from the oracle's scores, whatever filter is asked for", async () => {
    const { cases: more } = await readGenerations("generate-more");
    const model = await modelOf("generation");
    const filters = more.filter((each) => each.kept !== undefined);
    expect(filters.length).toBeGreaterThanOrEqual(11);
    for (const { name, inputs, options, kept, scores } of filters) {
      const result = await model.generate({ ...inputs, ...options, outputScores: true });
      const got = await result.scores![0]!.data();
      const width = got.length / kept!.length;
      kept!.forEach((tokens, row) => {
        const mine = [...got.subarray(row * width, (row + 1) * width)].flatMap((score, id) => (score > -Infinity ? [id] : []));
        expect(mine, `${name}, row ${row}`).toEqual(tokens);
        expect(tokens, name).toContain(result.sequences[row]![1]);
      });
      const counts = (index: number): boolean => got[index]! > -Infinity;
      expect(largestDifference(got, await scores!.data(), counts).relative, name).toBeLessThanOrEqual(TOLERANCE);
    }
  });

  it("reports the oracle's scores, logits and transition scores", async () => {
    const { inputs, options, sequences, transitionScores } = cases.find(({ name }) => name === "scores")!;
    const model = await modelOf("generation");
    const result = await model.generate({ ...inputs, ...options, outputScores: true, outputLogits: true });
    for (const kind of ["scores", "logits"] as const) {
      const wanted = tensors.get(`scores.${kind}`)!;
      const [steps, rows, vocab] = wanted.dims as [number, number, number];
      expect(result[kind]).toHaveLength(steps);
      const got = await Promise.all(result[kind]!.map((step) => step.data()));
      const all = Float32Array.from({ length: wanted.size }, (_, index) => finite(got[Math.floor(index / (rows * vocab))]![index % (rows * vocab)]!));
      // Rows that have ended mean nothing.
      const counts = (index: number): boolean => Math.floor(index / (rows * vocab)) < ownTokens(sequences, 95)[Math.floor(index / vocab) % rows]!;
      expect(largestDifference(all, (await wanted.data()).map(finite), counts).relative, kind).toBeLessThanOrEqual(TOLERANCE);
    }
    const scored = await model.computeTransitionScores({ sequences: result.sequences, scores: result.scores!, normalizeLogits: true });
    ownTokens(sequences, 95).forEach((count, row) => {
      for (let step = 0; step < count; step++) expect(scored[row]![step]).toBeCloseTo(transitionScores![row]![step]!, 3);
    });
  });

  it("adds up to the scores of beams", async () => {
    const { inputs, options, sequencesScores } = cases.find(({ name }) => name === "beams-10")!;
    const model = await modelOf("generation");
    const { sequences, scores, beamIndices } = await model.generate({ ...inputs, ...options, outputScores: true });
    const scored = await model.computeTransitionScores({ sequences, scores: scores!, beamIndices });
    scored.forEach((row, index) => {
      const count = beamIndices![index]!.filter((source) => source >= 0).length;
      expect(row.reduce((sum, score) => sum + score, 0) / count).toBeCloseTo(sequencesScores![index]!, 3);
    });
  });

  it("reports the oracle's hidden states and attentions of the decoder", async () => {
    const { inputs, options } = cases.find(({ name }) => name === "inside")!;
    const model = await modelOf("inputs");
    const result = await model.generate({ ...inputs, ...(options as GenerateOptions), outputAttentions: true, outputHiddenStates: true });
    for (const [kind, name] of [["decoderHiddenStates", "decoder_hidden_states"], ["decoderAttentions", "decoder_attentions"], ["crossAttentions", "cross_attentions"]] as const) {
      const steps = result[kind]!;
      expect(steps).toHaveLength(4);
      for (const [step, layers] of steps.entries()) {
        expect(tensors.has(`inside.${name}.${step}.${layers.length}`)).toBe(false);
        for (const [layer, tensor] of layers.entries()) {
          const wanted = tensors.get(`inside.${name}.${step}.${layer}`)!;
          expect(tensor.dims, `${name}.${step}.${layer}`).toEqual(wanted.dims);
          expect(largestDifference(await tensor.data(), await wanted.data()).relative, `${name}.${step}.${layer}`).toBeLessThanOrEqual(TOLERANCE);
        }
      }
    }
  });

  it("reports the oracle's hidden states and attentions of the encoder", async () => {
    const forward = await readFixtureJson<{ cases: { name: string; checkpoint: string; steps: { inputs: { input_ids: number[][] }; outputs: Record<string, { tensor: string }[]> }[] }[] }>(
      "test/fixtures/outputs/forward.json",
    );
    const { checkpoint, steps } = forward.cases.find(({ name }) => name === "all-single")!;
    const { inputs, outputs } = steps[0]!;
    const wanted = readTensors(await readFixture("test/fixtures/outputs/forward.safetensors"));
    const model = await modelOf(checkpoint);
    const result = await model.generate({ inputIds: inputs.input_ids, maxNewTokens: 1, outputAttentions: true, outputHiddenStates: true });
    for (const [kind, name] of [["encoderHiddenStates", "encoder_hidden_states"], ["encoderAttentions", "encoder_attentions"]] as const) {
      expect(result[kind], kind).toHaveLength(outputs[name]!.length);
      for (const [layer, { tensor }] of outputs[name]!.entries()) {
        expect(result[kind]![layer]!.dims).toEqual(wanted.get(tensor)!.dims);
        expect(largestDifference(await result[kind]![layer]!.data(), await wanted.get(tensor)!.data()).relative, `${name}.${layer}`).toBeLessThanOrEqual(TOLERANCE);
      }
    }
    const plain = await model.generate({ inputIds: inputs.input_ids, maxNewTokens: 1 });
    expect(Object.keys(plain).sort()).toEqual(["finishReasons", "sequences", "stats", "warnings"]);
  });

  it.each<[string, GenerateOptions]>([
    ["topP", { doSample: true, topP: 1.5 }],
    ["temperature", { doSample: true, temperature: 0 }],
    ["repetitionPenalty", { repetitionPenalty: 0 }],
    ["numReturnSequences", { numReturnSequences: 2 }],
    ["numReturnSequences", { numBeams: 2, numReturnSequences: 3 }],
    ["logprobs", { numBeams: 2, logprobs: 1 }],
    ["forcedEosTokenId", { forcedEosTokenId: 5, suppressTokens: [5] }],
    ["watermarkingConfig.greenlistRatio", { watermarkingConfig: { greenlistRatio: 1.5 } }],
    ["watermarkingConfig", { watermarkingConfig: { seedingScheme: "other" as "lefthash" } }],
  ])("names an option that can't be, before anything is computed: %s", async (name, options) => {
    const model = await modelOf("generation");
    const encoderOutputs = await model.encode({ inputIds });
    encoderOutputs.dispose();
    // The encoder's outputs are gone, which would be the error if the options were not looked at first.
    await expect(model.generate({ encoderOutputs, ...options })).rejects.toThrow(new RegExp(`^${name}: `));
  });

  it("refuses what the oracle refuses", async () => {
    const refused = cases.filter((each) => each.error !== undefined);
    expect(refused.length).toBeGreaterThanOrEqual(20);
    for (const { name, checkpoint, inputs, options } of refused) {
      const model = await modelOf(checkpoint);
      const assistant = options["assistantModel"] === true ? { assistantModel: model } : {};
      const error = await model.generate({ ...inputs, ...options, ...assistant }).then(() => undefined, (reason: unknown) => reason);
      expect(error, name).toBeInstanceOf(InputError);
    }
  });
});

const inputIds = [[2, 17, 40, 9, 33, 5, 101, 64]];

it("takes settings from a GenerationConfig, whose nulls leave the checkpoint's", async () => {
  using model = await T5Gemma2ForConditionalGeneration.fromPretrained(sourceOf("generation"), { device: "wasm", cache: false });
  const generationConfig = new GenerationConfig({ numBeams: 3, numReturnSequences: 2, maxNewTokens: 5 });
  const [configured, plain] = [await model.generate({ inputIds, generationConfig }), await model.generate({ inputIds, numBeams: 3, numReturnSequences: 2, maxNewTokens: 5 })];
  expect(configured.sequences).toEqual(plain.sequences);
  const first = await model.generate({ inputIds, generationConfig, numReturnSequences: 1 });
  expect(first.sequences).toEqual(plain.sequences.slice(0, 1).map((row) => row.slice(0, first.sequences[0]!.length)));
});

describe.each(["wasm", "webgpu"] as const)("choosing tokens on %s", (device) => {
  let model: T5Gemma2ForConditionalGeneration;

  beforeAll(async () => {
    model = await T5Gemma2ForConditionalGeneration.fromPretrained(sourceOf("generation"), { device, cache: false });
  });
  afterAll(() => model?.dispose());

  it("draws the same with the same seed, and otherwise with another", async () => {
    const draw = async (seed: number): Promise<number[][]> =>
      (await model.generate({ inputIds, doSample: true, topK: 0, temperature: 1.5, seed, numReturnSequences: 3, maxNewTokens: 4, eosTokenId: null })).sequences;
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
