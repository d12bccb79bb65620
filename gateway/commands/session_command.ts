// SPDX-License-Identifier: Apache-2.0

import { Command } from "commander";
import type { z } from "zod";
import { listOf, message, session, sessionExport } from "../rest/schemas.ts";
import { formatTable, stripControls } from "./format_table.ts";
import { speakerOf } from "./speaker_of.ts";
import { wholeNumber } from "./whole_number.ts";
import { hint, type Terminal, writeJson, writeLine } from "./terminal.ts";
import { optionsOf, withClient } from "./with_client.ts";

type Session = z.output<typeof session>;
type Message = z.output<typeof message>;

/** The command `sigil session`. */
export function sessionCommand(terminal: Terminal): Command {
  const command = new Command("session").description("Look at conversations, or remove them");
  command.command("list")
    .description("List sessions, the most recently used first")
    .option("--workspace <name>", "the workspace", "default")
    .option("--limit <count>", "how many at most", wholeNumber, 50)
    .option("--json", "write JSON")
    .addHelpText("after", "\nExample:\n  sigil session list --workspace default")
    .action((_options, self) => list(terminal, self));
  command.command("show <session>")
    .description("Show the newest messages of a session")
    .option("--workspace <name>", "the workspace", "default")
    .option("--limit <count>", "how many at most", wholeNumber, 50)
    .option("--json", "write JSON")
    .action((id, _options, self) => show(terminal, id, self));
  command.command("export <session>")
    .description("Write a session with everything that was said in it, as JSON")
    .option("--workspace <name>", "the workspace", "default")
    .addHelpText("after", "\nExample:\n  sigil session export 0192… > session.json")
    .action((id, _options, self) => exportOne(terminal, id, self));
  command.command("delete <session>")
    .description("Remove a session and its messages; the memory of the workspace stays")
    .option("--workspace <name>", "the workspace", "default")
    .action((id, _options, self) => remove(terminal, id, self));
  return command;
}

/** The path of the sessions of a workspace, or of one of them. */
function pathOf(workspace: unknown, id?: string): string {
  const sessions = `/api/v1/workspaces/${encodeURIComponent(String(workspace))}/sessions`;
  return id === undefined ? sessions : `${sessions}/${encodeURIComponent(id)}`;
}

async function list(terminal: Terminal, command: Command): Promise<void> {
  const options = optionsOf(command);
  const path = `${pathOf(options.workspace)}?limit=${options.limit}`;
  const { items } = await withClient(terminal, options, (client) => {
    return client.get(path, listOf(session));
  });
  if (options.json) return writeJson(terminal, items);
  if (items.length === 0) return hint(terminal, "There are no sessions yet. Begin one: sigil chat");
  writeLine(
    terminal,
    formatTable<Session>(items, [
      ["SESSION", ({ id }) => id],
      ["USER", ({ userId }) => userId],
      ["STATUS", ({ status }) => status],
      ["LAST USED", ({ updatedAt }) => updatedAt],
    ]),
  );
}

async function show(terminal: Terminal, id: string, command: Command): Promise<void> {
  const options = optionsOf(command);
  const path = `${pathOf(options.workspace, id)}/messages?limit=${options.limit}`;
  const { items } = await withClient(terminal, options, async (client) => {
    await client.get(pathOf(options.workspace, id), session);
    return await client.get(path, listOf(message));
  });
  if (options.json) return writeJson(terminal, items);
  for (const item of items) writeLine(terminal, formatMessage(item));
}

async function exportOne(terminal: Terminal, id: string, command: Command): Promise<void> {
  const options = optionsOf(command);
  const path = `${pathOf(options.workspace, id)}/export`;
  writeJson(
    terminal,
    await withClient(terminal, options, (client) => client.get(path, sessionExport)),
  );
}

async function remove(terminal: Terminal, id: string, command: Command): Promise<void> {
  const options = optionsOf(command);
  await withClient(terminal, options, (client) => client.delete(pathOf(options.workspace, id)));
  terminal.note(`Removed session ${id}`);
}

function formatMessage(message: Message): string {
  const { createdAt, content } = message;
  return `${createdAt}  ${stripControls(speakerOf(message))}\n${stripControls(content)}\n`;
}
