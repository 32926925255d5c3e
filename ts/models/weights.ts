import type { ProgressListener } from "../hub/index.js";
import { findWeightFiles, type ModelSource, readSafetensorsHead, type SafetensorsHead, streamRanges } from "../hub/index.js";
import type { WasmLoader, WeightPart } from "../runtime/glue.js";
import type { Runtime } from "../runtime/runtime.js";
import type { Dtype } from "../runtime/types.js";

/** A checkpoint's weights: where they are, and how they begin. */
export interface WeightFiles {
  readonly source: ModelSource;
  readonly files: readonly { readonly path: string; readonly head: SafetensorsHead }[];
}

/** A loader that has taken everything in, and the bytes that it takes on the device. */
export interface LoadedWeights {
  readonly loader: WasmLoader;
  readonly weightBytes: number;
}

interface Listening {
  signal?: AbortSignal | undefined;
  onProgress?: ProgressListener | undefined;
}

/** Finds the files and reads their heads. */
export async function findWeights(source: ModelSource, { signal, onProgress }: Listening): Promise<WeightFiles> {
  const paths = await findWeightFiles(source, { signal, onProgress });
  const heads = await Promise.all(paths.map((path) => readSafetensorsHead(source, path, { signal })));
  return { source, files: paths.map((path, index) => ({ path, head: heads[index] as SafetensorsHead })) };
}

/**
 * Streams the weights of a part into a loader, which the caller hands to a model or frees.
 *
 * @throws LoadError for a header that lies, tensors that are missing, surplus or of the wrong shape, a stream that ends early
 */
export async function loadWeights(
  runtime: Runtime,
  configJson: string,
  part: WeightPart,
  dtype: Dtype,
  weights: WeightFiles,
  { signal, onProgress }: Listening,
): Promise<LoadedWeights> {
  const { instance, handle } = runtime;
  const loader = instance.call((glue) => new glue.Loader(handle, configJson, part, dtype));
  try {
    for (const { path, head } of weights.files) instance.call(() => loader.addFile(path, head.head, head.size));
    const plan = JSON.parse(instance.call(() => loader.plan())) as {
      ranges: { file: number; begin: number; end: number }[];
      warnings: string[];
      weightBytes: number;
    };
    // Both parts look at the same files, so the first one's warnings are all.
    if (part !== "vision") {
      for (const message of plan.warnings) onProgress?.({ status: "warning", file: weights.source.name, message });
    }
    const path = (file: number): string => (weights.files[file] as WeightFiles["files"][number]).path;
    const ranges = plan.ranges.map(({ file, begin, end }) => ({ path: path(file), begin, end }));
    const index = new Map(weights.files.map(({ path }, file) => [path, file]));
    for await (const chunk of streamRanges(weights.source, ranges, { signal, onProgress })) {
      instance.call(() => loader.push(index.get(chunk.path) as number, chunk.offset, chunk.bytes));
    }
    return { loader, weightBytes: plan.weightBytes };
  } catch (error) {
    instance.free(loader);
    throw error;
  }
}
