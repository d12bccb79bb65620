// SPDX-License-Identifier: Apache-2.0

/** What a command talks to a person through. */
export interface Terminal {
  /** How a person calls the command here: `sigil`, or all that stands in its place. */
  readonly program: string;
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

/** Puts into a text, wherever it names a command such as `sigil chat`, how a person has to call it here. */
export function asTyped({ program }: Terminal, text: string): string {
  return text.replaceAll(/\bsigil (?=[a-z[])/g, `${program} `);
}

/** Writes a line that tells what can be done next. */
export function hint(terminal: Terminal, text: string): void {
  terminal.note(asTyped(terminal, text));
}

/** Writes a line of the result. */
export function writeLine(terminal: Terminal, text: string = ""): void {
  terminal.write(`${text}\n`);
}

/** Writes a value as JSON, readable by people and programs. */
export function writeJson(terminal: Terminal, value: unknown): void {
  writeLine(terminal, JSON.stringify(value, null, 2));
}
