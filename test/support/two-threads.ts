import * as home from "t5gemma2";
import * as away from "t5gemma2/worker";

/** The package's names in a worker; those of the main thread have the same, and may be awaited likewise. */
export type Api = typeof away;

/** What is done gives on the main thread, and in a worker, in a form that can be compared bit for bit. */
export async function onBoth(work: (api: Api) => Promise<unknown>): Promise<{ home: unknown; away: unknown }> {
  return { home: await plain(await work(home as unknown as Api)), away: await plain(await work(away)) };
}

/** Tensors as dims and numbers; without what depends on time and on who holds the memory. */
async function plain(value: unknown): Promise<unknown> {
  if (value instanceof home.Tensor) return { dtype: value.dtype, dims: value.dims, data: [...(await value.data())] };
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (typeof value !== "object" || value === null) return value;
  const { stats, pastKeyValues, ...rest } = value as { stats?: home.GenerationStats; pastKeyValues?: home.EncoderDecoderCache };
  const fields = await Promise.all(Object.entries(rest).map(async ([key, item]) => [key, await plain(item)] as const));
  return {
    ...Object.fromEntries(fields),
    ...(stats && { stats: { device: stats.device, dtype: stats.dtype, inputTokens: stats.inputTokens, tokens: stats.tokens } }),
    ...(pastKeyValues && { pastKeyValues: { length: pastKeyValues.length, batch: pastKeyValues.batch, layers: pastKeyValues.layers } }),
  };
}
