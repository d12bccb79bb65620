// SPDX-License-Identifier: Apache-2.0

import { Command } from "commander";
import { systemClock } from "../clock.ts";
import { GatewayError } from "../errors.ts";
import { connect } from "./connect.ts";
import { stripControls } from "./format_table.ts";
import type { GatewayClient, WireTurnEvent } from "./gateway_client.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { nextStepFor } from "./next_step.ts";
import { hint, type Terminal, writeJson } from "./terminal.ts";
import { optionsOf, PATIENCE_MS, withPatience } from "./with_client.ts";

/** What stays the same from one message to the next. */
interface Conversation {
  readonly workspace: string | undefined;
  readonly model: string | undefined;
  session: string | undefined;
}

/** The command `sigil chat`. */
export function chatCommand(terminal: Terminal): Command {
  return new Command("chat")
    .description("Talk to the agent: with words, once; without, until you end it")
    .argument("[words...]", "what to say; without it, lines are read from the terminal or a pipe")
    .option("--workspace <name>", "the workspace")
    .option("--session <id>", "the session to go on with; a new one when it is left out")
    .option("--model <name>", "provider/model; the workspace's when it is left out")
    .option("--json", "with words: write the events as JSON, one list")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  sigil chat                               talk until Ctrl-D\n" +
        '  sigil chat "Remember that I am vegan"    say one thing\n' +
        "  sigil chat --session holidays            go on with a session\n" +
        "\nCtrl-C stops an answer; at the prompt it ends the conversation.\n" +
        "When no gateway runs, one is opened in this process for as long as it takes.",
    )
    .action((words, _options, self) => chat(terminal, words, self));
}

async function chat(
  terminal: Terminal,
  words: readonly string[],
  command: Command,
): Promise<void> {
  const options = optionsOf(command);
  await using client = await withPatience(terminal, "Still opening…", () => {
    return connect(options, { runPlugins: true, logger: faultsTo(terminal) });
  });
  const conversation: Conversation = {
    workspace: options.workspace === undefined ? undefined : String(options.workspace),
    model: options.model === undefined ? undefined : String(options.model),
    session: options.session === undefined ? undefined : String(options.session),
  };
  if (words.length > 0) {
    const isJson = options.json === true;
    return await sayOnce(terminal, client, conversation, words.join(" "), isJson);
  }
  await talk(terminal, client, conversation);
}

/** Tells why a plugin does not run: its tools would be missed without a word. */
function faultsTo(terminal: Terminal): Logger {
  const error = (message: string, fields: Record<string, unknown> = {}) => {
    terminal.note(`${message}: ${stripControls(String(fields.reason ?? fields.error ?? ""))}`);
  };
  return { ...silentLogger, error };
}

async function sayOnce(
  terminal: Terminal,
  client: GatewayClient,
  conversation: Conversation,
  content: string,
  isJson: boolean,
): Promise<void> {
  const stopping = new AbortController();
  const forget = terminal.onStop(() => stopping.abort());
  try {
    if (!isJson) return await say(terminal, client, conversation, content, stopping.signal);
    const events = await Array.fromAsync(
      client.chat({ ...conversation, content }, stopping.signal),
    );
    writeJson(terminal, events);
    const last = events.at(-1);
    if (last?.type === "error") throw toError(last);
  } catch (error) {
    throw stopping.signal.aborted ? new GatewayError("cancelled", "Stopped the answer") : error;
  } finally {
    forget();
  }
}

/** Takes turns with a person until they end it. What fails is told, and the next thing may be said. */
async function talk(
  terminal: Terminal,
  client: GatewayClient,
  conversation: Conversation,
): Promise<void> {
  greet(terminal, client);
  const leaving = new AbortController();
  let stop = () => leaving.abort();
  const forget = terminal.onStop(() => stop());
  try {
    for await (const line of terminal.readLines("> ", leaving.signal)) {
      if (line.trim() === "") continue;
      const stopping = new AbortController();
      stop = () => stopping.abort();
      await trySaying(terminal, client, conversation, line, stopping.signal);
      stop = () => leaving.abort();
    }
  } finally {
    forget();
  }
  if (conversation.session === undefined) return;
  if (terminal.isInteractive) terminal.note("");
  hint(terminal, `Go on later with: sigil chat --session ${conversation.session}`);
}

function greet(terminal: Terminal, { url }: GatewayClient): void {
  if (!terminal.isInteractive) return;
  hint(
    terminal,
    url === undefined
      ? "No gateway runs: the agent answers in this process. (A lasting one: sigil start)"
      : `Talking to the gateway at ${url}.`,
  );
  terminal.note("Ctrl-D ends the conversation, Ctrl-C an answer.\n");
}

async function trySaying(
  terminal: Terminal,
  client: GatewayClient,
  conversation: Conversation,
  content: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await say(terminal, client, conversation, content, signal);
  } catch (error) {
    if (!(error instanceof GatewayError) && !signal.aborted) throw error;
    terminal.note(signal.aborted ? "\n(stopped)" : `Error: ${messageOf(error)}`);
  }
}

async function say(
  terminal: Terminal,
  client: GatewayClient,
  conversation: Conversation,
  content: string,
  signal: AbortSignal,
): Promise<void> {
  const cancel = systemClock.schedule(() => terminal.note("Still waiting…"), PATIENCE_MS);
  try {
    for await (const event of client.chat({ ...conversation, content }, signal)) {
      if (event.type === "text_delta") cancel();
      show(terminal, conversation, event);
    }
  } finally {
    cancel();
  }
  terminal.write("\n");
}

function show(terminal: Terminal, conversation: Conversation, event: WireTurnEvent): void {
  switch (event.type) {
    case "started":
      conversation.session = event.sessionId;
      break;
    case "text_delta":
      terminal.write(stripControls(event.text));
      break;
    case "tool_call":
      terminal.note(`  [${stripControls(event.name)} ${stripControls(event.arguments)}]`);
      break;
    case "error":
      throw toError(event);
    case "tool_result":
    case "usage":
    case "done":
      break;
    default:
      event satisfies never;
  }
}

function toError(event: Extract<WireTurnEvent, { type: "error" }>): GatewayError {
  return new GatewayError("internal", event.message, { nextStep: nextStepFor(event.code) });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
