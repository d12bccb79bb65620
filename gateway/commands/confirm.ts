// SPDX-License-Identifier: Apache-2.0

import { GatewayError } from "../errors.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Asks a person for a yes.
 *
 * @returns Whether they typed `y` or `yes`.
 * @throws {GatewayError} With code `invalid_request` when nobody is there to be asked.
 */
export async function confirm(terminal: Terminal, question: string): Promise<boolean> {
  if (!terminal.isInteractive) {
    throw new GatewayError(
      "invalid_request",
      `Cannot ask "${question}": nobody is at the terminal`,
      {
        nextStep: "Say --yes once you know what it asks for",
      },
    );
  }
  const { signal } = new AbortController();
  for await (const line of terminal.readLines(`${question} [y/N] `, signal)) {
    return /^y(es)?$/i.test(line.trim());
  }
  return false;
}
