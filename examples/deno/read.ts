// deno run -A examples/deno/read.ts [PICTURE] [QUESTION]
import { pipeline } from "npm:t5gemma2";

const [image = "models/reader/samples/00.png", question = "What number is shown?"] = Deno.args;

const reader = await pipeline("image-text-to-text", "builtin:reader");
const [{ generatedText }] = await reader(
  [{ role: "user", content: [{ type: "image", image: await Deno.readFile(image) }, { type: "text", text: question }] }],
  { maxNewTokens: 64 },
);
console.log(generatedText);
reader.dispose();
