// SPDX-License-Identifier: Apache-2.0

import { Command } from "commander";
import type { z } from "zod";
import { listOf, workspace } from "../rest/schemas.ts";
import { formatTable } from "./format_table.ts";
import { type Terminal, writeJson, writeLine } from "./terminal.ts";
import { optionsOf, withClient } from "./with_client.ts";

type Workspace = z.output<typeof workspace>;

/** The command `sigil workspace`. */
export function workspaceCommand(terminal: Terminal): Command {
  const command = new Command("workspace").description("Look at workspaces; sigil.yaml makes them");
  command.command("list")
    .description("List the workspaces")
    .option("--json", "write JSON")
    .action((_options, self) => list(terminal, self));
  command.command("show <name>")
    .description("Show one workspace, as JSON")
    .action((name, _options, self) => show(terminal, name, self));
  return command;
}

async function list(terminal: Terminal, command: Command): Promise<void> {
  const options = optionsOf(command);
  const { items } = await withClient(terminal, options, (client) => {
    return client.get("/api/v1/workspaces", listOf(workspace));
  });
  if (options.json) return writeJson(terminal, items);
  writeLine(
    terminal,
    formatTable<Workspace>(items, [
      ["WORKSPACE", ({ id }) => id],
      ["MEMBERS", ({ members }) => members?.join(", ") ?? "everybody"],
      ["MODEL", ({ model }) => model || "the default"],
      ["DESCRIPTION", ({ description }) => description],
    ]),
  );
}

async function show(terminal: Terminal, name: string, command: Command): Promise<void> {
  const path = `/api/v1/workspaces/${encodeURIComponent(name)}`;
  const found = await withClient(terminal, optionsOf(command), (client) => {
    return client.get(path, workspace);
  });
  writeJson(terminal, found);
}
