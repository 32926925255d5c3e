// node bench/contestants/first-answer.mjs DEVICE: from the import to the first token.
import { contest } from "../lib/contestant.mjs";

const begin = performance.now();
const { T5Gemma2ForConditionalGeneration } = await import("../../dist/index.js");
const model = await T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device: process.argv[2] });
await model.generate({ inputIds: [[2, 5, 9, 17]], maxNewTokens: 1 });
await contest({ ms: performance.now() - begin }, {});
