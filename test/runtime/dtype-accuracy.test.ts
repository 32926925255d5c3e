import { AutoTokenizer, type Dtype, T5Gemma2ForConditionalGeneration } from "t5gemma2";
import { expect, it } from "vitest";

const ONES =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(" ");
const TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/** A number below a million in words, as the built-in checkpoint was taught. */
function inWords(n: number): string {
  const split = (unit: number, word: string): string =>
    `${inWords(Math.floor(n / unit))} ${word}${n % unit > 0 ? ` ${inWords(n % unit)}` : ""}`;
  if (n < 20) return ONES[n] as string;
  if (n < 100) return `${TENS[Math.floor(n / 10)]}${n % 10 > 0 ? `-${ONES[n % 10]}` : ""}`;
  return n < 1000 ? split(100, "hundred") : split(1000, "thousand");
}

/** Numbers of one to six digits, always the same. */
const numbers = Array.from({ length: 40 }, (_, index) => (123457 * (index + 3)) % 10 ** (1 + (index % 6)));
const tokenizer = await AutoTokenizer.fromPretrained("builtin:reader");

async function questions(): Promise<{ prompt: number[]; answer: number[] }[]> {
  const ids = async (text: string): Promise<number[]> => [...(await tokenizer.encode(text, { addSpecialTokens: false }))];
  return Promise.all(
    numbers.map(async (n, index) => {
      const [question, answer] = index % 2 === 0 ? [`Write ${n} in words.`, inWords(n)] : [`Write ${inWords(n)} in digits.`, String(n)];
      const prompt = await ids(`<bos><start_of_turn>user\n${question}<end_of_turn>\n<start_of_turn>model\n`);
      return { prompt, answer: [...(await ids(answer)), 1] };
    }),
  );
}

/** -log of the probability that a row of logits gives to a token. */
function surprise(logits: Float32Array, token: number): number {
  const largest = logits.reduce((max, x) => Math.max(max, x), -Infinity);
  const sum = logits.reduce((sum, x) => sum + Math.exp(x - largest), 0);
  return Math.log(sum) + largest - (logits[token] as number);
}

async function measure(dtype: Dtype): Promise<{ right: number; perplexity: number }> {
  const model = await T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device: "wasm", dtype });
  let [right, sum, count] = [0, 0, 0];
  for (const { prompt, answer } of await questions()) {
    const { sequences } = await model.generate({ inputIds: [prompt] });
    if (JSON.stringify(sequences) === JSON.stringify([[2, ...answer]])) right += 1;
    const { logits } = await model.forward({ inputIds: [prompt], decoderInputIds: [[2, ...answer.slice(0, -1)]] });
    const values = (await logits.data()) as Float32Array;
    const width = values.length / answer.length;
    for (const [step, token] of answer.entries()) sum += surprise(values.subarray(step * width, (step + 1) * width), token);
    count += answer.length;
  }
  model.dispose();
  return { right: right / numbers.length, perplexity: Math.exp(sum / count) };
}

// Half a point and half a percent at eight bits, three points and six percent at four.
it("quantised weights answer fresh questions as well as bfloat16", async () => {
  const [whole, q8, q4] = [await measure("bf16"), await measure("q8"), await measure("q4")];
  expect(whole.right).toBeGreaterThan(0.9);
  expect(whole.right - q8.right).toBeLessThanOrEqual(0.005);
  expect(whole.right - q4.right).toBeLessThanOrEqual(0.03);
  expect(q8.perplexity / whole.perplexity).toBeLessThanOrEqual(1.005);
  expect(q4.perplexity / whole.perplexity).toBeLessThanOrEqual(1.06);
});
