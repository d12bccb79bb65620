// SPDX-License-Identifier: Apache-2.0

/** What a command talks to a person through. */
export interface Terminal {
  /** Whether a person types; else what is read comes from a file or a pipe. */
  readonly isInteractive: boolean;
  /** Writes a part of the result. */
  write(text: string): void;
  /** Writes a line of what is not the result: progress, hints, errors. */
  note(text: string): void;
  /** Reads lines, asking for each, until there are no more or the signal aborts. */
  readLines(prompt: string, signal: AbortSignal): AsyncIterable<string>;
  /**
   * Calls back whenever the person, or the system, wants to stop.
   *
   * @returns Ends that.
   */
  onStop(handler: () => void): () => void;
}

/** Writes a line of the result. */
export function writeLine(terminal: Terminal, text: string = ""): void {
  terminal.write(`${text}\n`);
}

/** Writes a value as JSON, readable by people and programs. */
export function writeJson(terminal: Terminal, value: unknown): void {
  writeLine(terminal, JSON.stringify(value, null, 2));
}
