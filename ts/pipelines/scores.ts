/** exp(x - max) over their sum, as probabilities that add up to 1. */
export function softmax(logits: Float32Array): Float32Array {
  const most = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const shifted = logits.map((logit) => Math.exp(logit - most));
  const sum = shifted.reduce((a, b) => a + b, 0);
  return shifted.map((value) => value / sum);
}

/** 1 / (1 + exp(-x)) of each. */
export function sigmoid(logits: Float32Array): Float32Array {
  return logits.map((logit) => 1 / (1 + Math.exp(-logit)));
}

/** Where the largest number is; the first one of equals. */
export function argmax(numbers: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < numbers.length; index++) {
    if ((numbers[index] as number) > (numbers[best] as number)) best = index;
  }
  return best;
}

/** A label's name, or the name that transformers gives to one without. */
export function labelOf(id2label: Readonly<Record<number, string>>, id: number): string {
  return id2label[id] ?? `LABEL_${id}`;
}
