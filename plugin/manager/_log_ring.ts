// SPDX-License-Identifier: Apache-2.0

/** A line that a plugin wrote to stderr, or that the manager wrote about it. */
export interface PluginLogLine {
  /** When it came. */
  readonly time: Date;
  /** Who wrote it. */
  readonly source: "plugin" | "manager";
  /** What it says, at most 4096 characters. */
  readonly text: string;
}

const MAX_LINE_LENGTH = 4096;

/** Keeps the last lines of a plugin. */
export class LogRing {
  readonly #capacity: number;
  #lines: PluginLogLine[] = [];

  /** Keeps that many lines. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Adds a line; the oldest goes when there is no room. */
  add(line: PluginLogLine): void {
    this.#lines.push({ ...line, text: line.text.slice(0, MAX_LINE_LENGTH) });
    // Cutting twice as much half as often makes each line cheap.
    if (this.#lines.length >= 2 * this.#capacity) this.#lines = this.#lines.slice(-this.#capacity);
  }

  /** Gives the last lines, the oldest first. */
  last(limit: number): readonly PluginLogLine[] {
    const count = Math.min(limit, this.#capacity);
    return count <= 0 ? [] : this.#lines.slice(-count);
  }
}
