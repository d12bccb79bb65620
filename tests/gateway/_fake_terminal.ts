// SPDX-License-Identifier: Apache-2.0

import { runCommand } from "../../gateway/commands/run_command.ts";
import type { Terminal } from "../../gateway/commands/terminal.ts";

/** A terminal without a person: what would be typed is given, what is written is kept. */
export class FakeTerminal implements Terminal {
  readonly program: string = "sigil";
  readonly isInteractive: boolean = false;
  /** The result. */
  out = "";
  /** What is not the result. */
  notes = "";
  readonly #lines: readonly string[];
  readonly #handlers: Set<() => void> = new Set();
  #changed: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(lines: readonly string[] = []) {
    this.#lines = lines;
  }

  write(text: string): void {
    this.out += text;
    this.#wake();
  }

  note(text: string): void {
    this.notes += `${text}\n`;
    this.#wake();
  }

  async *readLines(): AsyncGenerator<string, void, void> {
    yield* this.#lines;
  }

  onStop(handler: () => void): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /** Wants to stop, as Ctrl-C does. */
  stop(): void {
    for (const handler of this.#handlers) handler();
  }

  /** Waits until something was written. */
  async waitFor(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.out + this.notes)) await this.#changed.promise;
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** What came of a command. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly notes: string;
}

/** Runs a command with these lines to read. */
export async function run(args: readonly string[], lines: readonly string[] = []): Promise<Ran> {
  const terminal = new FakeTerminal(lines);
  const code = await runCommand(args, terminal);
  return { code, out: terminal.out, notes: terminal.notes };
}
