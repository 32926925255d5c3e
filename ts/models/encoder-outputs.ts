import { InputError } from "../errors.js";
import { Tensor } from "../processing/tensor.js";
import type { TokenBlock } from "../processing/token-rows.js";
import type { WasmEncoderOutput } from "../runtime/glue.js";
import type { CheckedInputs, EncoderInputs } from "./inputs.js";
import { checkEncoderInputs } from "./inputs.js";
import type { ModelCore } from "./model-core.js";

/**
 * What the encoder made of an input: a handle on the device, to be used for any number of `generate` and `forward` calls of
 * the model that made it. Encoder keys and values are computed with the first use and kept.
 */
export class EncoderOutputs {
  /** [batch, length, hidden]. */
  readonly dims: readonly number[];
  readonly #core: ModelCore;
  readonly #inputs: CheckedInputs;
  #handle: WasmEncoderOutput | null;

  /** @internal */
  constructor(core: ModelCore, handle: WasmEncoderOutput, inputs: CheckedInputs) {
    this.#core = core;
    this.#handle = handle;
    this.#inputs = inputs;
    this.dims = Object.freeze([...core.runtime.instance.call(() => handle.dims())]);
  }

  /** Whether {@link dispose} was called. */
  get disposed(): boolean {
    return this.#handle === null;
  }

  /** The encoder's last hidden state, [batch, length, hidden]; rows of padding mean nothing. */
  async lastHiddenState(): Promise<Tensor<"float32">> {
    const data = await this.#core.run(() => this.handleFor(this.#core).lastHiddenState());
    return new Tensor("float32", data as Float32Array, this.dims);
  }

  /** Frees the device's memory. Safe to call twice; later use throws. */
  dispose(): void {
    if (this.#handle !== null) this.#core.runtime.instance.free(this.#handle);
    this.#handle = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal The handle, for the model that made it. */
  handleFor(core: ModelCore): WasmEncoderOutput {
    if (core !== this.#core) throw new InputError("encoderOutputs: were made by another model", { details: { argument: "encoderOutputs" } });
    if (this.#handle === null) throw new InputError("encoderOutputs: were disposed", { details: { argument: "encoderOutputs" } });
    return this.#handle;
  }

  /**
   * Inputs may come along with what was made of them, as `{ ...inputs, encoderOutputs }` has it, but not others: those would be
   * ignored.
   *
   * @internal
   */
  checkSameInputs(inputs: EncoderInputs): void {
    const { ids, mask, positions, pixels } = this.#inputs;
    const given = checkEncoderInputs(this.#core.config, { inputIds: idsOf(ids), ...defined(inputs) });
    const [batch, length] = [ids.batch, ids.length];
    const ones = (): TokenBlock => ({ data: new Int32Array(batch * length).fill(1), batch, length });
    const differs: [string, boolean][] = [
      ["inputIds", !equal(given.ids, ids)],
      ["attentionMask", inputs.attentionMask !== undefined && !equal(given.mask ?? ones(), mask ?? ones())],
      ["positionIds", inputs.positionIds !== undefined && (positions === undefined || !equal(given.positions ?? ones(), positions))],
      ["pixelValues", inputs.pixelValues !== undefined && inputs.pixelValues !== pixels],
    ];
    for (const [name, isOther] of differs) {
      if (!isOther) continue;
      throw new InputError(`${name}: are not those that encoderOutputs were made of; leave them out, or encode them`, {
        details: { argument: name },
      });
    }
  }

  /** @internal */
  get batch(): number {
    return this.#inputs.ids.batch;
  }

  /** @internal How many tokens the encoder read, padding not counted. */
  get inputTokens(): number {
    const { ids, mask } = this.#inputs;
    return mask === undefined ? ids.data.length : mask.data.reduce((sum, value) => sum + value, 0);
  }
}

function idsOf({ data, batch, length }: TokenBlock): Tensor<"int32"> {
  return new Tensor("int32", data, [batch, length]);
}

function defined(inputs: EncoderInputs): EncoderInputs {
  return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined));
}

function equal(a: TokenBlock, b: TokenBlock): boolean {
  return a.batch === b.batch && a.length === b.length && a.data.every((value, index) => value === b.data[index]);
}
