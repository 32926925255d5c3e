// node examples/worker/read.mjs: the model computes in a worker, this thread stays free. The same in Deno and in a page.
import { createWorker } from "t5gemma2/worker";

const worker = createWorker();
const reader = await worker.pipeline("image-text-to-text", "builtin:reader");

const pictures = ["00", "01", "02"].map((name) => `models/reader/samples/${name}.png`);
for (const image of pictures) {
  const content = [
    { type: "image", image },
    { type: "text", text: "Write the number in words." },
  ];
  const [{ generatedText }] = await reader([{ role: "user", content }]);
  console.log(`${image}: ${generatedText}`);
}
worker.terminate();
