import { ConfigError } from "../errors.js";
import { Tensor } from "../processing/tensor.js";
import type { TokenBlock } from "../processing/token-rows.js";
import type { ModelCore } from "./model-core.js";

/**
 * Decoder inputs for ids or labels: each row shifted to the right behind the start token, -100 replaced by the pad token.
 *
 * @throws ConfigError where the configuration names no such tokens
 */
export function shiftRight(core: ModelCore, { data, batch, length }: TokenBlock): Tensor<"int32"> {
  const { bosTokenId, padTokenId } = core.config.decoder;
  for (const [field, id] of [["bos_token_id", bosTokenId], ["pad_token_id", padTokenId]] as const) {
    if (id === null) throw new ConfigError(`decoder.${field}: is needed to make decoder inputs`, { details: { field: `decoder.${field}` } });
  }
  const shifted = core.runtime.instance.call((glue) => glue.shiftRight(data, length, bosTokenId as number, padTokenId as number));
  return new Tensor("int32", shifted, [batch, length]);
}
