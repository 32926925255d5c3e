// node examples/node/read.mjs [PICTURE] [QUESTION]
import { pipeline } from "t5gemma2";

const [image = "models/reader/samples/00.png", question = "What number is shown?"] = process.argv.slice(2);

const reader = await pipeline("image-text-to-text", "builtin:reader");
const content = [
  { type: "image", image },
  { type: "text", text: question },
];
for await (const { text } of reader.stream([{ role: "user", content }], { maxNewTokens: 64 })) process.stdout.write(text);
process.stdout.write("\n");
reader.dispose();
