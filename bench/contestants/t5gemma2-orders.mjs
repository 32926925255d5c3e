import { Tensor } from "../../dist/index.js";
import { tokens } from "../lib/tokens.mjs";

/** What is measured of a model of this package, in Node and in a page alike. */
export function handlers(model) {
  const encoded = new Map();
  const encode = async (length, batch) => {
    const key = `${length} ${batch}`;
    if (!encoded.has(key)) encoded.set(key, await model.encode({ inputIds: Array.from({ length: batch }, () => tokens(length)) }));
    return encoded.get(key);
  };
  return {
    /** Milliseconds of the encoder, with the decoder's keys and values and one token: what comes before the second token. */
    async encode({ length, batch = 1 }) {
      const begin = performance.now();
      await model.generate({ inputIds: Array.from({ length: batch }, () => tokens(length)), maxNewTokens: 1, eosTokenId: null });
      return { ms: performance.now() - begin };
    },
    /** Milliseconds of a decoder step when `after` tokens are there, the encoder having read `length`. */
    async decode({ length = 128, after = 1, batch = 1, steps }) {
      const encoderOutputs = await encode(length, batch);
      const decoderInputIds = Array.from({ length: batch }, () => [2, ...tokens(after - 1)]);
      const { stats } = await model.generate({ encoderOutputs, decoderInputIds, maxNewTokens: steps + 1, eosTokenId: null });
      return { ms: stats.decodeMs / steps, stats };
    },
    /** Bytes of the weights, and of wasm memory at its most: it never shrinks, so that loading is in it. */
    async memory() {
      const { stats } = await model.generate({ inputIds: [tokens(4)], maxNewTokens: 2, eosTokenId: null });
      return { peak: stats.peakMemoryBytes, weights: model.weightBytes };
    },
    /** Milliseconds to encode one picture into the text side's width. */
    async picture() {
      const { imageTokenIndex, encoder } = model.config;
      const size = encoder.visionConfig.imageSize;
      const data = Float32Array.from({ length: 3 * size * size }, (_, i) => Math.sin(i));
      const inputIds = [[2, ...Array.from({ length: encoder.mmTokensPerImage }, () => imageTokenIndex)]];
      const begin = performance.now();
      const outputs = await model.encode({ inputIds, pixelValues: new Tensor("float32", data, [1, 3, size, size]) });
      await (await outputs.lastHiddenState()).data();
      const ms = performance.now() - begin;
      outputs.dispose();
      return { ms };
    },
  };
}
