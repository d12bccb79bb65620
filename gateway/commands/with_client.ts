// SPDX-License-Identifier: Apache-2.0

import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { connect, type GlobalOptions } from "./connect.ts";
import type { GatewayClient } from "./gateway_client.ts";
import type { Terminal } from "./terminal.ts";

/** How long a command works without a word. */
export const PATIENCE_MS = 2_000;

/** The options of a command, those of all commands included. */
export type CommandOptions = GlobalOptions & Readonly<Record<string, unknown>>;

/** Gives the options of a command. */
export function optionsOf(command: Command): CommandOptions {
  return command.optsWithGlobals();
}

/** Connects, runs, and closes the connection. Says so when it takes its time. */
export async function withClient<T>(
  terminal: Terminal,
  options: GlobalOptions,
  run: (client: GatewayClient) => Promise<T>,
): Promise<T> {
  return await withPatience(terminal, "Still working…", async () => {
    await using client = await connect(options);
    return await run(client);
  });
}

/** Runs something, and writes a note when it is not done after two seconds. */
export async function withPatience<T>(
  terminal: Terminal,
  note: string,
  run: () => Promise<T>,
): Promise<T> {
  const cancel = systemClock.schedule(() => terminal.note(note), PATIENCE_MS);
  try {
    return await run();
  } finally {
    cancel();
  }
}
