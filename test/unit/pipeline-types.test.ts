import { describe, expectTypeOf, it } from "vitest";
import type { Entity, GeneratedText, GeneratedTokenIds, LabelScore, PipelineByTask, Summary, Task, Tensor, Translation } from "../../ts/index.js";
import type { pipeline } from "../../ts/index.js";

/** What a call answers: the types are checked, nothing runs. */
declare const made: { [T in Task]: Awaited<ReturnType<typeof pipeline<T>>> };

// Compiled by `npm run types`, where a wrong type is an error.
describe("a task's name gives the type of its pipeline", () => {
  it("whatever the task", () => {
    expectTypeOf<PipelineByTask["translation_en_to_de"]>().toEqualTypeOf<PipelineByTask["translation"]>();
    expectTypeOf<PipelineByTask["ner"]>().toEqualTypeOf<PipelineByTask["token-classification"]>();
    expectTypeOf<"translation_en">().not.toExtend<Task>();
  });

  it("and whatever the call", () => {
    const calls = () => ({
      text: made["text2text-generation"]("a"),
      ids: made["image-text-to-text"]("a", { returnTensors: true }),
      summary: made.summarization(["a"]),
      best: made["text-classification"](["a", { text: "a", textPair: "b" }]),
      one: made["sentiment-analysis"]("a", { topK: 3 }),
      ranked: made["text-classification"](["a"], { topK: null }),
      entities: made.ner("a", { aggregationStrategy: "max" }),
      ofMany: made.ner(["a", "b"]),
      ofWords: made.ner(["a", "b"], { isSplitIntoWords: true }),
      vectors: made["feature-extraction"]("a", { pooling: "mean" }),
    });
    expectTypeOf<Awaited<ReturnType<typeof calls>["text"]>>().toEqualTypeOf<GeneratedText[]>();
    expectTypeOf<Awaited<ReturnType<typeof calls>["ids"]>>().toEqualTypeOf<GeneratedTokenIds[]>();
    expectTypeOf<Awaited<ReturnType<typeof calls>["summary"]>>().toEqualTypeOf<Summary[]>();
    expectTypeOf<Awaited<ReturnType<PipelineByTask["translation_de_to_en"]>>>().toEqualTypeOf<Translation[]>();
    expectTypeOf<Awaited<ReturnType<typeof calls>["best"]>>().toEqualTypeOf<LabelScore[]>();
    expectTypeOf<Awaited<ReturnType<typeof calls>["one"]>>().toEqualTypeOf<LabelScore[]>();
    expectTypeOf<Awaited<ReturnType<typeof calls>["ranked"]>>().toEqualTypeOf<LabelScore[][]>();
    expectTypeOf<Awaited<ReturnType<typeof calls>["entities"]>>().toEqualTypeOf<Entity[]>();
    expectTypeOf<Awaited<ReturnType<typeof calls>["ofMany"]>>().toEqualTypeOf<Entity[][]>();
    expectTypeOf<Awaited<ReturnType<typeof calls>["ofWords"]>>().toEqualTypeOf<Entity[]>();
    expectTypeOf<Awaited<ReturnType<typeof calls>["vectors"]>>().toEqualTypeOf<Tensor<"float32">>();
  });
});
