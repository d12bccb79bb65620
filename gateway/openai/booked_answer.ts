// SPDX-License-Identifier: Apache-2.0

import type { Usage } from "@sigil/provider";
import { GatewayError } from "../errors.ts";
import type { AnswerEvent } from "./completion.ts";

/** How an answer ended. */
export interface AnswerEnd {
  /** `ok`, or the code of its failure. */
  readonly result: string;
  /** What it cost, if that was told. */
  readonly usage: Usage | undefined;
  /** All that was said. */
  readonly text: string;
}

/** The events of an answer as they are passed on: its end is told only when it is on the books. */
export class BookedAnswer implements AsyncIterableIterator<readonly AnswerEvent[], void, void> {
  readonly #batches: AsyncIterator<readonly AnswerEvent[], void>;
  readonly #book: (end: AnswerEnd) => Promise<void>;
  /** What was read ahead. */
  #head: (readonly AnswerEvent[])[] = [];
  #usage: Usage | undefined;
  #text = "";
  #isOver = false;

  /** Makes one; `book` is called once, however the answer ends. */
  constructor(
    batches: AsyncIterator<readonly AnswerEvent[], void>,
    book: (end: AnswerEnd) => Promise<void>,
  ) {
    this.#batches = batches;
    this.#book = book;
  }

  /**
   * Reads ahead to the first event that says how the answer goes: until then, a failure can still be
   * told by the status of the response.
   */
  async readFirst(): Promise<AnswerEvent> {
    const head: (readonly AnswerEvent[])[] = [];
    for (;;) {
      const next = await this.next();
      if (next.done) throw new Error("The answer ended without an end");
      head.push(next.value);
      const first = next.value.find(({ type }) => type !== "usage");
      if (first === undefined) continue;
      this.#head = head;
      return first;
    }
  }

  /** Gives the next events. */
  async next(): Promise<IteratorResult<readonly AnswerEvent[], void>> {
    const ahead = this.#head.shift();
    if (ahead !== undefined) return { done: false, value: ahead };
    if (this.#isOver) return DONE;
    try {
      const next = await this.#batches.next();
      const result = next.done ? "cancelled" : this.#note(next.value);
      if (result !== undefined) await this.#end(result);
      return next;
    } catch (error) {
      await this.#end(error instanceof GatewayError ? error.code : "cancelled");
      throw error;
    }
  }

  /** Leaves the rest. */
  async return(): Promise<IteratorResult<readonly AnswerEvent[], void>> {
    this.#head = [];
    await this.#end("cancelled");
    return DONE;
  }

  /** Gives itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Notes what is told, and gives how the answer ended if it did. */
  #note(events: readonly AnswerEvent[]): string | undefined {
    let result: string | undefined;
    for (const event of events) {
      if (event.type === "text_delta") this.#text += event.text;
      else if (event.type === "usage") this.#usage = event.usage;
      else if (event.type === "done") result = "ok";
      else if (event.type === "error") result = event.code;
    }
    return result;
  }

  async #end(result: string): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    // Not awaited: what the source still does is nobody's concern who reads the answer.
    this.#batches.return?.().catch(() => {});
    await this.#book({ result, usage: this.#usage, text: this.#text });
  }
}

const DONE = { done: true, value: undefined } as const;
