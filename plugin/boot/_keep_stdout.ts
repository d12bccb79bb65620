// SPDX-License-Identifier: Apache-2.0

import { Console } from "node:console";
import process from "node:process";

/**
 * Sends what a plugin prints to stderr, so that it does not end up among the frames.
 *
 * This is a help, not a wall: a plugin can still find a way to write to stdout. What it writes there
 * is either a breach of the protocol, which ends it, or what it could have said anyway.
 */
export function keepStdout(): void {
  globalThis.console = new Console(process.stderr, process.stderr);
  process.stdout.write = process.stderr.write.bind(process.stderr);
  Deno.stdout.write = (bytes) => Deno.stderr.write(bytes);
  Deno.stdout.writeSync = (bytes) => Deno.stderr.writeSync(bytes);
}
