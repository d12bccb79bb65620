// SPDX-License-Identifier: Apache-2.0

/** A longer line is cut. */
const MAX_LINE_BYTES = 8 * 1024;

/** What is read beyond what is given on, before the plugin is made to wait. */
const READ_FACTOR = 64;

/** What {@linkcode StderrLines} needs. */
export interface StderrLinesOptions {
  /** Takes each line, without its end. */
  readonly onLine: (line: string) => void;
  /** How many bytes of lines are given on in each second. */
  readonly bytesPerSecond: number;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** Makes lines of what a plugin writes, and drops what is too much. */
export class StderrLines {
  readonly #options: StderrLinesOptions;
  readonly #decoder = new TextDecoder();
  #line = "";
  #secondStart = 0;
  #read = 0;
  #given = 0;
  #dropped = 0;

  constructor(options: StderrLinesOptions) {
    this.#options = options;
    this.#secondStart = options.now();
  }

  /** Takes the next bytes. Gives for how many milliseconds no more should be read. */
  push(bytes: Uint8Array): number {
    const sinceStart = this.#options.now() - this.#secondStart;
    if (sinceStart >= 1000) this.#startSecond();
    this.#read += bytes.length;
    this.#split(this.#decoder.decode(bytes, { stream: true }));
    const limit = this.#options.bytesPerSecond * READ_FACTOR;
    return this.#read < limit ? 0 : Math.max(0, 1000 - sinceStart);
  }

  /** Nothing more will come: gives the line that has no end. */
  end(): void {
    if (this.#line !== "") this.#give(this.#line);
    this.#tellDropped();
  }

  #startSecond(): void {
    this.#tellDropped();
    this.#secondStart = this.#options.now();
    this.#read = 0;
    this.#given = 0;
  }

  #split(text: string): void {
    const lines = text.split("\n");
    lines[0] = this.#line + (lines[0] ?? "");
    this.#line = cut(lines.pop() ?? "");
    for (const line of lines) this.#give(cut(line));
  }

  #give(line: string): void {
    if (this.#given + line.length > this.#options.bytesPerSecond) {
      this.#dropped++;
      return;
    }
    this.#given += line.length + 1;
    this.#options.onLine(line);
  }

  #tellDropped(): void {
    if (this.#dropped > 0) this.#options.onLine(`[${this.#dropped} lines dropped]`);
    this.#dropped = 0;
  }
}

function cut(line: string): string {
  return line.length > MAX_LINE_BYTES ? line.slice(0, MAX_LINE_BYTES) : line;
}
