import { InputError } from "../errors.js";
import { checkOptions } from "../options.js";
import { HeldText } from "./held-text.js";
import type { Streamer, StreamTokenizer, TokenDecoder } from "./options.js";

/** Options of {@link TextStreamer}. */
export interface TextStreamerOptions {
  /** Takes each piece of text that is certain; waited for. */
  onText: (text: string) => void | Promise<void>;
  /** Called when no more text will come; waited for. */
  onEnd?: (() => void | Promise<void>) | undefined;
  /** Whether what the decoder began with is left out. @default false */
  skipPrompt?: boolean | undefined;
  /** Whether special tokens are left out. @default false */
  skipSpecialTokens?: boolean | undefined;
  /** Text from the first of these on is left out: those of the generation. */
  stopStrings?: string | readonly string[] | undefined;
}

/**
 * Turns tokens into text as they come, for the option `streamer` of `generate`. All pieces together are the decoded answer; no piece
 * has half a character, nor the beginning of a stop string.
 */
export class TextStreamer implements Streamer {
  readonly #decoder: TokenDecoder | Promise<TokenDecoder>;
  readonly #options: TextStreamerOptions;
  readonly #held: HeldText;
  #isPrompt = true;

  /** @param tokenizer a tokenizer or processor of this package */
  constructor(tokenizer: StreamTokenizer, options: TextStreamerOptions) {
    checkOptions("TextStreamer", options, ["onText", "onEnd", "skipPrompt", "skipSpecialTokens", "stopStrings"]);
    if (typeof options?.onText !== "function") throw new InputError("TextStreamer: onText must be a function", { details: { option: "onText" } });
    this.#options = options;
    this.#decoder = tokenizer.streamDecoder({ skipSpecialTokens: options.skipSpecialTokens ?? false });
    this.#held = new HeldText([options.stopStrings ?? []].flat());
  }

  /** Takes tokens of one row. @throws InputError for several rows */
  async put(added: readonly (readonly number[])[]): Promise<void> {
    if (added.length > 1) throw new InputError(`TextStreamer: takes one row, not ${added.length}`, { details: { rows: added.length } });
    const isSkipped = this.#isPrompt && this.#options.skipPrompt === true;
    this.#isPrompt = false;
    if (isSkipped) return;
    const decoder = await this.#decoder;
    let text = "";
    for (const id of added[0] ?? []) text += this.#held.push(await decoder.push(id));
    await this.#tell(text);
  }

  /** Gives out what was held back, and makes ready for another generation. */
  async end(): Promise<void> {
    const decoder = await this.#decoder;
    const rest = this.#held.push(await decoder.end());
    this.#isPrompt = true;
    await this.#tell(rest + this.#held.end());
    await this.#options.onEnd?.();
  }

  async #tell(text: string): Promise<void> {
    if (text !== "") await this.#options.onText(text);
  }
}
