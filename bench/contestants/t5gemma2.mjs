// node bench/contestants/t5gemma2.mjs DEVICE DTYPE FOLDER [THREADS]: this package, on one thread of the CPU if nothing else is said.
import { T5Gemma2ForConditionalGeneration } from "../../dist/index.js";
import { contest } from "../lib/contestant.mjs";
import { handlers } from "./t5gemma2-orders.mjs";

const [device, dtype, folder, threads = "1"] = process.argv.slice(2);
const begin = performance.now();
const model = await T5Gemma2ForConditionalGeneration.fromPretrained(folder, { device, dtype, threads: Number(threads) });
await contest({ loadMs: performance.now() - begin, device: model.device, dtype: model.dtype }, handlers(model));
