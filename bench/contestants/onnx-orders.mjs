import { tokens } from "../lib/tokens.mjs";

const layers = Array.from({ length: 18 }, (_, layer) => layer);

/** What is measured of the exported encoder and decoder: of shape 270M-270M, batch 1, below 512 positions. */
export function onnxHandlers(ort, { encoder, decoder }) {
  const ids = (list) => new ort.Tensor("int64", BigInt64Array.from(list, BigInt), [1, list.length]);
  const cross = new Map();
  const encode = (length) => encoder.run({ ids: ids(tokens(length, 250000)) });
  return {
    /** The encoder and the decoder's keys and values of its output. */
    async encode({ length }) {
      const begin = performance.now();
      await encode(length);
      return { ms: performance.now() - begin };
    },
    /** A decoder step when `after` tokens are there; the cache goes out and in as tensors, as such exports have it. */
    async decode({ length = 128, after = 1, steps }) {
      if (!cross.has(length)) cross.set(length, await encode(length));
      const encoded = cross.get(length);
      const feeds = Object.fromEntries(layers.flatMap((i) => [[`ck${i}`, encoded[`ck${i}`]], [`cv${i}`, encoded[`cv${i}`]]]));
      const past = () => new ort.Tensor("float32", new Float32Array((after - 1) * 256), [1, 1, after - 1, 256]);
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
