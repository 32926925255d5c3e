import { tokens } from "../lib/tokens.mjs";

const layers = Array.from({ length: 18 }, (_, layer) => layer);

/**
 * What is measured of the exported encoder and decoder: of shape 270M-270M, batch 1, below 512 positions. A session is opened when it
 * is first wanted, by its name: both in 32 bits at once are more than a wasm memory holds.
 */
export function onnxHandlers(ort, open) {
  const sessions = new Map();
  const session = (name) => {
    if (!sessions.has(name)) sessions.set(name, open(name));
    return sessions.get(name);
  };
  const ids = (list) => new ort.Tensor("int64", BigInt64Array.from(list, BigInt), [1, list.length]);
  const heads = (length, value) => new ort.Tensor("float32", Float32Array.from({ length: length * 256 }, value), [1, 1, length, 256]);
  return {
    /** The encoder and the decoder's keys and values of its output. */
    async encode({ length }) {
      const encoder = await session("encoder");
      const begin = performance.now();
      await encoder.run({ ids: ids(tokens(length, 250000)) });
      return { ms: performance.now() - begin };
    },
    /**
     * A decoder step when `after` tokens are there; the cache goes out and in as tensors, as such exports have it. The encoder's keys
     * and values are made up.
     */
    async decode({ length = 128, after = 1, steps }) {
      const decoder = await session("decoder");
      const feeds = Object.fromEntries(layers.flatMap((i) => ["k", "v"].map((kind) => [`c${kind}${i}`, heads(length, (_, at) => Math.sin(at + i))])));
      const past = () => heads(after - 1, () => 0);
      for (const i of layers) [feeds[`pk${i}`], feeds[`pv${i}`]] = [past(), past()];
      let token = 2;
      let begin = 0;
      for (let step = 0; step <= steps; step++) {
        if (step === 1) begin = performance.now();
        const output = await decoder.run({ ids: ids([token]), ...feeds });
        token = largest(await output.logits.getData());
        for (const i of layers) [feeds[`pk${i}`], feeds[`pv${i}`]] = [output[`k${i}`], output[`v${i}`]];
      }
      return { ms: (performance.now() - begin) / steps };
    },
  };
}

function largest(values) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
