// SPDX-License-Identifier: Apache-2.0

import { Command } from "commander";
import type { z } from "zod";
import { auditEntry, auditVerification, listOf } from "../rest/schemas.ts";
import { GatewayError } from "../errors.ts";
import { formatTable } from "./format_table.ts";
import { wholeNumber } from "./whole_number.ts";
import { type Terminal, writeJson, writeLine } from "./terminal.ts";
import { optionsOf, withClient } from "./with_client.ts";

type AuditEntry = z.output<typeof auditEntry>;

/** Why something was refused is in the details, and must not be cut off. */
const DETAILS_WIDTH = 300;

/** The command `sigil audit`. */
export function auditCommand(terminal: Terminal): Command {
  const command = new Command("audit").description("Look at the record of what was done");
  command.command("list")
    .description("List entries, the newest first")
    .option("--limit <count>", "how many at most", wholeNumber, 50)
    .option("--action <action>", "only this action, such as auth.refused")
    .option("--actor <user>", "only what this user did")
    .option("--plugin <name>", "only what this plugin did, and was refused")
    .option("--workspace <name>", "only this workspace")
    .option("--json", "write JSON")
    .addHelpText("after", "\nExample:\n  sigil audit list --action auth.refused")
    .action((_options, self) => list(terminal, self));
  command.command("verify")
    .description("Check that no entry was changed or removed")
    .option("--json", "write JSON")
    .action((_options, self) => verify(terminal, self));
  return command;
}

async function list(terminal: Terminal, command: Command): Promise<void> {
  const options = optionsOf(command);
  const query = new URLSearchParams({ limit: String(options.limit) });
  for (const name of ["action", "actor", "plugin", "workspace"]) {
    if (options[name] !== undefined) query.set(name, String(options[name]));
  }
  const { items } = await withClient(terminal, options, (client) => {
    return client.get(`/api/v1/audit?${query}`, listOf(auditEntry));
  });
  if (options.json) return writeJson(terminal, items);
  writeLine(
    terminal,
    formatTable<AuditEntry>(items, [
      ["TIME", ({ timestamp }) => timestamp],
      ["ACTION", ({ action }) => action],
      ["ACTOR", ({ actor }) => actor],
      ["RESULT", ({ result }) => result],
      ["DETAILS", ({ details }) => JSON.stringify(details), DETAILS_WIDTH],
    ]),
  );
}

async function verify(terminal: Terminal, command: Command): Promise<void> {
  const options = optionsOf(command);
  const found = await withClient(terminal, options, (client) => {
    return client.get("/api/v1/audit/verify", auditVerification);
  });
  if (options.json) writeJson(terminal, found);
  else if (found.status === "intact") writeLine(terminal, `Intact: ${found.entries} entries`);
  if (found.status === "intact") return;
  const message = `Cannot trust the audit log: entry "${found.brokenId}" is not as it was written`;
  throw new GatewayError("internal", message, {
    nextStep: "Compare it with a backup of gateway.db, and find out who could write to it",
  });
}
