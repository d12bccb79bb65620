// SPDX-License-Identifier: Apache-2.0

const OPEN = "<think>";
const CLOSE = "</think>";

/**
 * Drops the thinking that some servers of open models leave in the text: `<think>…</think>` at the
 * very beginning of an answer. Anywhere else the tag is the model's own words.
 */
export class ThinkingFilter {
  #state: "undecided" | "thinking" | "gap" | "answer" = "undecided";
  #held = "";

  /** Takes a piece of the answer, and gives what of it may be shown now. */
  push(text: string): string {
    this.#held += text;
    if (this.#state === "undecided") this.#decide();
    if (this.#state === "thinking") this.#skipThinking();
    if (this.#state === "gap") this.#skipGap();
    return this.#state === "answer" ? this.end() : "";
  }

  /** Gives what is still held back at the end. */
  end(): string {
    const rest = this.#state === "thinking" ? "" : this.#held;
    this.#held = "";
    return rest;
  }

  #decide(): void {
    const start = this.#held.trimStart();
    if (start.startsWith(OPEN)) this.#state = "thinking";
    else if (!OPEN.startsWith(start)) this.#state = "answer";
  }

  #skipThinking(): void {
    const at = this.#held.indexOf(CLOSE);
    if (at < 0) {
      this.#held = this.#held.slice(1 - CLOSE.length); // where the tag may have begun
      return;
    }
    this.#held = this.#held.slice(at + CLOSE.length);
    this.#state = "gap";
  }

  /** The empty lines between the thoughts and the answer belong to neither. */
  #skipGap(): void {
    this.#held = this.#held.trimStart();
    if (this.#held !== "") this.#state = "answer";
  }
}
