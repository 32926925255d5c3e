import { InputError } from "../errors.js";
import { Tensor } from "../processing/tensor.js";
import type { TokenBlock } from "../processing/token-rows.js";
import type { WasmEncoderOutput, WasmRecorded } from "../runtime/glue.js";
import type { CheckedInputs, EncoderInputs } from "./inputs.js";
import { checkEncoderInputs } from "./inputs.js";
import type { ModelCore } from "./model-core.js";
import { toTensors } from "./outputs.js";

/** What encoder outputs were made of: inputs, or states from elsewhere, of which only the mask is known. */
interface Origin {
  readonly inputs?: CheckedInputs | undefined;
  readonly mask: TokenBlock | undefined;
}

/**
 * What the encoder made of an input: a handle on the device, to be used for any number of `generate` and `forward` calls of
 * the model that made it. Encoder keys and values are computed with the first use and kept.
 */
export class EncoderOutputs {
  /** [batch, length, hidden]. */
  readonly dims: readonly number[];
  readonly #core: ModelCore;
  readonly #origin: Origin;
  #handle: WasmEncoderOutput | null;

  /** @internal */
  constructor(core: ModelCore, handle: WasmEncoderOutput, origin: Origin) {
    this.#core = core;
    this.#handle = handle;
    this.#origin = origin;
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

  /**
   * [batch, length, hidden] each: the embeddings, then what each layer gives, the last one normed. undefined unless `encode` was
   * called with `outputHiddenStates`.
   */
  async hiddenStates(): Promise<Tensor<"float32">[] | undefined> {
    return toTensors((await this.#recorded())?.hiddenStates);
  }

  /** [batch, heads, length, length] of each layer. undefined unless `encode` was called with `outputAttentions`. */
  async attentions(): Promise<Tensor<"float32">[] | undefined> {
    return toTensors((await this.#recorded())?.attentions);
  }

  async #recorded(): Promise<WasmRecorded | undefined> {
    return (await this.#core.run(() => this.handleFor(this.#core).recorded())) as WasmRecorded | undefined;
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

  /** @internal The same states behind another mask, as a handle of its own. */
  withMask(core: ModelCore, mask: TokenBlock): EncoderOutputs {
    const handle = this.handleFor(core);
    return new EncoderOutputs(core, core.runtime.instance.call(() => handle.withMask(mask.data)), { ...this.#origin, mask });
  }

  /**
   * Inputs may come along with what was made of them, as `{ ...inputs, encoderOutputs }` has it, but not others: those would be
   * ignored. A mask may be another one.
   *
   * @internal
   */
  checkSameInputs({ attentionMask: _mask, ...inputs }: EncoderInputs): void {
    const own = this.#origin.inputs;
    const named = Object.entries(inputs).filter(([, value]) => value !== undefined);
    if (named.length === 0) return;
    if (own === undefined) throw differ(named[0]?.[0] as string);
    const ids = own.ids && new Tensor("int32", own.ids.data, [own.batch, own.length]);
    const embeds = own.embeds && new Tensor("float32", own.embeds.data, [own.batch, own.length, this.dims[2] as number]);
    const { pixelValues, ...rest } = inputs;
    const source = inputs.inputIds === undefined && inputs.inputsEmbeds === undefined ? { inputIds: ids, inputsEmbeds: embeds } : {};
    const given = checkEncoderInputs(this.#core.config, { ...rest, ...source });
    const isOther: readonly [string, boolean][] = [
      ["inputIds", !equal(given.ids?.data, own.ids?.data) || given.batch !== own.batch],
      ["inputsEmbeds", !equal(given.embeds?.data, own.embeds?.data)],
      ["positionIds", inputs.positionIds !== undefined && !equal(given.positions?.data, own.positions?.data)],
      ["pixelValues", pixelValues !== undefined && !samePixels(pixelValues, own.pixels)],
    ];
    const other = isOther.find(([, other]) => other);
    if (other !== undefined) throw differ(other[0]);
  }

  /** @internal What `encode` was given. */
  get inputs(): CheckedInputs | undefined {
    return this.#origin.inputs;
  }

  /** @internal */
  get mask(): TokenBlock | undefined {
    return this.#origin.mask;
  }

  /** @internal */
  get batch(): number {
    return this.dims[0] as number;
  }

  /** @internal */
  get length(): number {
    return this.dims[1] as number;
  }

  /** @internal How many tokens the encoder read, padding not counted. */
  get inputTokens(): number {
    const { mask } = this.#origin;
    return mask === undefined ? this.batch * this.length : mask.data.reduce((sum, value) => sum + value, 0);
  }
}

function differ(name: string): InputError {
  return new InputError(`${name}: are not those that encoderOutputs were made of; leave them out, or encode them`, { details: { argument: name } });
}

/** Those of another thread come as copies. */
function samePixels(a: Tensor<"float32">, b: Tensor<"float32"> | undefined): boolean {
  return a === b || (b !== undefined && !b.disposed && equal(a.cpuData("pixelValues"), b.cpuData("pixelValues")));
}

function equal(a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && Array.prototype.every.call(a, (value, index) => value === b[index]);
}
