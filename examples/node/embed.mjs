// node examples/node/embed.mjs [TEXT ...]
import { pipeline } from "t5gemma2";

const given = process.argv.slice(2);
const texts = given.length > 0 ? given : ["Write 427 in words.", "Write 428 in words.", "What colour is the number?"];

const embed = await pipeline("feature-extraction", "builtin:reader");
const vectors = await embed(texts, { pooling: "mean", normalize: true });
const [first, ...others] = vectors.tolist();
// The vectors have length 1, so that the sum of products is the cosine.
const cosine = (other) => first.reduce((sum, value, at) => sum + value * other[at], 0);
others.forEach((other, index) => console.log(`${cosine(other).toFixed(2)} ${texts[index + 1]}`));
embed.dispose();
