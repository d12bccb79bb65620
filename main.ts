// SPDX-License-Identifier: Apache-2.0

/**
 * The command `sigil`. Nothing else prints or exits.
 *
 * @module
 */

import { runCommand } from "./gateway/commands/run_command.ts";
import type { Terminal } from "./gateway/commands/terminal.ts";

const STOP_SIGNALS: readonly Deno.Signal[] = ["SIGINT", "SIGTERM"];

if (import.meta.main) Deno.exit(await runCommand(Deno.args, openTerminal()));

function openTerminal(): Terminal {
  return {
    program: programName(),
    isInteractive: Deno.stdin.isTerminal(),
    write: (text) => writeAll(Deno.stdout, text),
    note: (text) => writeAll(Deno.stderr, `${text}\n`),
    readLines,
    onStop,
  };
}

/** Tells how a person calls this: by a task, through npm where there is no Deno, or by its name. */
function programName(): string {
  const { state } = Deno.permissions.querySync({ name: "env" });
  if (state !== "granted" || Deno.env.get("INIT_CWD") === undefined) return "sigil";
  const isFromNpm = Deno.env.get("npm_command") === "exec";
  return `${isFromNpm ? `npx -y deno@${Deno.version.deno}` : "deno"} task sigil`;
}

function writeAll(file: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest = new TextEncoder().encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(file.writeSync(rest));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    Deno.exit(0); // who read us, such as head, has enough
  }
}

async function* readLines(prompt: string, signal: AbortSignal): AsyncGenerator<string, void, void> {
  const ask = () => Deno.stdin.isTerminal() && writeAll(Deno.stderr, prompt);
  const reader = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).getReader();
  const leave = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", leave, { once: true });
  let rest = "";
  ask();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const lines = (rest + next.value).split(/\r?\n/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      yield line;
      ask();
    }
  }
  if (rest !== "") yield rest;
}

function onStop(handler: () => void): () => void {
  for (const signal of STOP_SIGNALS) Deno.addSignalListener(signal, handler);
  return () => {
    for (const signal of STOP_SIGNALS) Deno.removeSignalListener(signal, handler);
  };
}
