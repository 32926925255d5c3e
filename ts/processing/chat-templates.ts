import { InputError } from "../errors.js";
import { ChatTemplate } from "./chat-template.js";
import type { TokenizerFiles } from "./tokenizer-json.js";

/** The chat templates of a checkpoint: none, one, or several by name. */
export class ChatTemplates {
  /** The template's text, or the texts by name, or null if there is none. */
  readonly sources: string | Readonly<Record<string, string>> | null;
  readonly #parsed = new Map<string, ChatTemplate>();

  constructor(sources: string | Readonly<Record<string, string>> | null) {
    this.sources = sources;
  }

  /**
   * @param choice a template's text or name; the checkpoint's default where it is absent
   * @param hasTools whether a template named "tool_use" goes before the default
   * @throws InputError if there is none to take, or it can't be parsed
   */
  resolve(choice: string | undefined, hasTools: boolean): ChatTemplate {
    const source = this.#choose(choice, hasTools);
    let template = this.#parsed.get(source);
    if (template === undefined) {
      template = new ChatTemplate(source);
      this.#parsed.set(source, template);
    }
    return template;
  }

  #choose(choice: string | undefined, hasTools: boolean): string {
    const { sources } = this;
    if (choice !== undefined && typeof choice !== "string") throw new InputError("chatTemplate must be a string");
    if (sources === null || typeof sources === "string") {
      const source = choice ?? sources;
      if (source === null) throw new InputError("this checkpoint has no chat template; pass one as chatTemplate");
      return source;
    }
    if (choice !== undefined) return Object.hasOwn(sources, choice) ? (sources[choice] as string) : choice;
    const source = (hasTools ? sources["tool_use"] : undefined) ?? sources["default"];
    if (source === undefined) {
      throw new InputError(`none of the chat templates is the default; name one as chatTemplate: ${Object.keys(sources).join(", ")}`);
    }
    return source;
  }
}

/** The templates of a tokenizer: its own file's, or else its configuration's. */
export function readChatTemplates({ chatTemplate, config }: TokenizerFiles): string | Record<string, string> | null {
  const configured = chatTemplate ?? config.chat_template ?? null;
  if (!Array.isArray(configured)) return configured;
  return Object.fromEntries(configured.map(({ name, template }) => [name, template]));
}
