/** Lets text through up to the first stop string; what may become one is held back until it is certain that it does not. */
export class HeldText {
  readonly #stops: readonly string[];
  #held = "";
  #isOver = false;

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** Takes more text; gives what is certain to be no part of a stop string, and nothing after one. */
  push(text: string): string {
    if (this.#isOver) return "";
    const all = this.#held + text;
    const found = this.#stops.map((stop) => all.indexOf(stop)).filter((at) => at >= 0);
    if (found.length > 0) {
      this.#isOver = true;
      this.#held = "";
      return all.slice(0, Math.min(...found));
    }
    const kept = Math.max(0, ...this.#stops.map((stop) => beginning(all, stop)));
    this.#held = all.slice(all.length - kept);
    return all.slice(0, all.length - kept);
  }

  /** Gives what was held back, which is no stop string then, and makes ready for another text. */
  end(): string {
    const rest = this.#held;
    this.#held = "";
    this.#isOver = false;
    return rest;
  }
}

/** How long an end of `text` is the beginning of `stop`. */
function beginning(text: string, stop: string): number {
  let length = Math.min(text.length, stop.length - 1);
  while (length > 0 && !text.endsWith(stop.slice(0, length))) length--;
  return length;
}
