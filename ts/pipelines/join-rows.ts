import { InputError } from "../errors.js";
import type { Processor } from "../processing/processor.js";
import type { ProcessorOutput } from "../processing/processor-types.js";
import { Tensor } from "../processing/tensor.js";

/** One batch of rows that were made one by one: padded as the tokenizer pads, pictures in the order of the rows. */
export function joinRows(processor: Processor, rows: readonly ProcessorOutput[]): ProcessorOutput {
  const odd = rows.flatMap((row) => Object.keys(row)).find((key) => !["inputIds", "attentionMask", "pixelValues"].includes(key));
  if (odd !== undefined) throw new InputError(`processorKwargs: ${odd} can't be had of conversations that end in different turns`);
  const ids = (tensor: Tensor<"int32"> | undefined): number[] => (tensor?.tolist() as number[][])[0] as number[];
  const padded = processor.tokenizer.pad(
    rows.map(({ inputIds, attentionMask }) => ({ inputIds: ids(inputIds), ...(attentionMask && { attentionMask: ids(attentionMask) }) })),
    { returnTensors: true },
  );
  return { inputIds: padded.inputIds, ...(padded.attentionMask && { attentionMask: padded.attentionMask }), ...joinPictures(rows) };
}

/** The pictures of several rows, one after the other; nothing where there are none. */
export function joinPictures(rows: readonly { readonly pixelValues?: Tensor<"float32"> | undefined }[]): { pixelValues?: Tensor<"float32"> } {
  const pictures = rows.flatMap(({ pixelValues }) => pixelValues ?? []);
  return pictures.length === 0 ? {} : { pixelValues: stacked(pictures) };
}

function stacked(parts: readonly Tensor<"float32">[]): Tensor<"float32"> {
  const [first] = parts as readonly [Tensor<"float32">];
  const odd = parts.find(({ dims }) => dims.slice(1).join() !== first.dims.slice(1).join());
  if (odd !== undefined) throw new InputError(`images: must come to one size, not [${first.dims.slice(1).join(", ")}] and [${odd.dims.slice(1).join(", ")}]`);
  const data = new Float32Array(parts.reduce((sum, { dims }) => sum + dims.reduce((a, b) => a * b, 1), 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.cpuData(), at);
    at += part.cpuData().length;
  }
  return new Tensor("float32", data, [parts.reduce((sum, { dims }) => sum + (dims[0] as number), 0), ...first.dims.slice(1)]);
}
