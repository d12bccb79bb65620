// SPDX-License-Identifier: Apache-2.0

import nodeConsole from "node:console";
import process from "node:process";

/** It is there; whether the types know of it depends on which others are loaded. */
type ConsoleClass = new (stdout: typeof process.stderr, stderr: typeof process.stderr) => Console;

/**
 * Sends what a plugin prints to stderr, so that it does not end up among the frames.
 *
 * This is a help, not a wall: a plugin can still find a way to write to stdout. What it writes there
 * is either a breach of the protocol, which ends it, or what it could have said anyway.
 */
export function keepStdout(): void {
  const ConsoleClass: ConsoleClass = Reflect.get(nodeConsole, "Console");
  globalThis.console = new ConsoleClass(process.stderr, process.stderr);
  process.stdout.write = process.stderr.write.bind(process.stderr);
  Deno.stdout.write = (bytes) => Deno.stderr.write(bytes);
  Deno.stdout.writeSync = (bytes) => Deno.stderr.writeSync(bytes);
}
