// SPDX-License-Identifier: Apache-2.0

import { Command, Option } from "commander";
import type { z } from "zod";
import { GatewayError } from "../errors.ts";
import { listOf, pairing, pairingCode, user, userToken } from "../rest/schemas.ts";
import { formatTable } from "./format_table.ts";
import type { GatewayClient } from "./gateway_client.ts";
import { type Terminal, writeJson, writeLine } from "./terminal.ts";
import { optionsOf, withClient } from "./with_client.ts";

type User = z.output<typeof user>;
type Pairing = z.output<typeof pairing>;

const USERS = "/api/v1/users";

/** The command `sigil user`. */
export function userCommand(terminal: Terminal): Command {
  const command = new Command("user").description("Say who may use the gateway");
  command.command("list")
    .description("List users and the chats they are paired on")
    .option("--json", "write JSON")
    .action((_options, self) => list(terminal, self));
  command.command("add <name>")
    .description("Add a user")
    .option("--id <id>", "their id; one is made when it is left out")
    .addOption(
      new Option("--role <role>", "what they may do")
        .choices(["admin", "member", "guest"]).default("member"),
    )
    .addHelpText("after", "\nExample:\n  sigil user add Ada --id ada\n  sigil user token ada")
    .action((name, _options, self) => add(terminal, name, self));
  command.command("token <user>")
    .description("Make a user's own token, in the place of any before, and write it this once")
    .action((id, _options, self) => makeToken(terminal, id, self));
  command.command("pair <user>")
    .description("Bind a user's chat on a channel to a workspace")
    .requiredOption("--channel <type>", "the kind of channel, such as telegram")
    .requiredOption("--chat <id>", "the chat on that channel")
    .option("--workspace <name>", "the workspace", "default")
    .addHelpText("after", "\nExample:\n  sigil user pair ada --channel telegram --chat 12345")
    .action((id, _options, self) => pair(terminal, id, self));
  for (const [verb, status] of [["approve", "active"], ["deny", "denied"]] as const) {
    command.command(`${verb} <user> <pairing>`)
      .description(
        verb === "approve" ? "Let somebody in who asked on a channel" : "Let somebody not in",
      )
      .addHelpText("after", "\nsigil user list tells who waits, with the pairing's id.")
      .action((id, pairingId, _options, self) => decide(terminal, id, pairingId, status, self));
  }
  command.command("invite")
    .description("Make a code that lets whoever sends it to a channel in, once")
    .requiredOption("--channel <name>", "the channel, such as telegram")
    .option("--user <user>", "who they are; a new user when it is left out")
    .addHelpText("after", "\nExample:\n  sigil user invite --channel telegram --user ada")
    .action((_options, self) => invite(terminal, self));
  command.command("unpair <user> <pairing>")
    .description("Remove a pairing; sigil user list tells its id")
    .action((id, pairingId, _options, self) => unpair(terminal, id, pairingId, self));
  return command;
}

/** The path of a user, who is called by their id or, where only one has it, by their name. */
async function pathOf(client: GatewayClient, user: string): Promise<string> {
  return `${USERS}/${encodeURIComponent(await idOf(client, user))}`;
}

async function idOf(client: GatewayClient, called: string): Promise<string> {
  const users = await listUsers(client);
  const named = users.filter(({ name }) => name === called);
  if (named.length === 0 || users.some(({ id }) => id === called)) return called;
  if (named.length === 1) return named[0]?.id ?? called;
  const message = `Cannot choose user "${called}": ${named.length} users have that name`;
  throw new GatewayError("invalid_request", message, {
    nextStep: "Say which by the id that sigil user list tells",
  });
}

async function pathOfPairing(
  client: GatewayClient,
  called: string,
  pairingId: string,
): Promise<string> {
  return `${await pathOf(client, called)}/pairings/${encodeURIComponent(pairingId)}`;
}

async function listUsers(client: GatewayClient): Promise<readonly User[]> {
  return (await client.get(`${USERS}?limit=10000`, listOf(user))).items;
}

async function list(terminal: Terminal, command: Command): Promise<void> {
  const options = optionsOf(command);
  const [users, pairings] = await withClient(terminal, options, async (client) => [
    await listUsers(client),
    (await client.get("/api/v1/pairings", listOf(pairing))).items,
  ]);
  if (options.json) return writeJson(terminal, { users, pairings });
  writeLine(
    terminal,
    formatTable<User>(users, [
      ["USER", ({ id }) => id],
      ["NAME", ({ name }) => name],
      ["ROLE", ({ role }) => role],
      ["TOKEN", ({ hasToken }) => hasToken ? "yes" : "no"],
    ]),
  );
  if (pairings.length === 0) return;
  const table = formatTable<Pairing>(pairings, [
    ["PAIRING", ({ id }) => id],
    ["USER", ({ userId }) => userId],
    ["CHANNEL", ({ channelType }) => channelType],
    ["CHAT", ({ channelId }) => channelId],
    ["WORKSPACE", ({ workspaceId }) => workspaceId],
    ["STATUS", ({ status }) => status],
  ]);
  writeLine(terminal, `\n${table}`);
}

async function add(terminal: Terminal, name: string, command: Command): Promise<void> {
  const options = optionsOf(command);
  const body = { name, id: options.id, role: options.role };
  const added = await withClient(terminal, options, (client) => {
    return client.send("POST", USERS, body, user);
  });
  writeLine(terminal, added.id);
}

async function makeToken(terminal: Terminal, called: string, command: Command): Promise<void> {
  const { token } = await withClient(terminal, optionsOf(command), async (client) => {
    return await client.send("POST", `${await pathOf(client, called)}/token`, {}, userToken);
  });
  writeLine(terminal, token);
  terminal.note("Keep it: it is not shown again.");
}

async function pair(terminal: Terminal, called: string, command: Command): Promise<void> {
  const options = optionsOf(command);
  const body = {
    channelType: options.channel,
    channelId: options.chat,
    workspaceId: options.workspace,
  };
  const added = await withClient(terminal, options, async (client) => {
    return await client.send("POST", `${await pathOf(client, called)}/pairings`, body, pairing);
  });
  writeLine(terminal, added.id);
}

async function decide(
  terminal: Terminal,
  called: string,
  pairingId: string,
  status: "active" | "denied",
  command: Command,
): Promise<void> {
  const changed = await withClient(terminal, optionsOf(command), async (client) => {
    const path = await pathOfPairing(client, called, pairingId);
    return await client.send("PATCH", path, { status }, pairing);
  });
  writeLine(terminal, `${changed.id} is ${changed.status}`);
}

/** A code is of use only to the gateway that made it, so one must run. */
async function invite(terminal: Terminal, command: Command): Promise<void> {
  const options = optionsOf(command);
  const path = `/api/v1/channels/${encodeURIComponent(String(options.channel))}/codes`;
  const made = await withClient(terminal, options, async (client) => {
    if (client.url === undefined) throw noGateway();
    const userId = options.user === undefined
      ? undefined
      : await idOf(client, String(options.user));
    return await client.send("POST", path, { userId }, pairingCode);
  });
  writeLine(terminal, made.code);
  terminal.note(`To be sent to the channel before ${made.expiresAt}. It is not shown again.`);
}

function noGateway(): GatewayError {
  return new GatewayError("unreachable", "Cannot make a code: no gateway runs", {
    nextStep: "Start one: sigil start",
  });
}

async function unpair(
  terminal: Terminal,
  called: string,
  pairingId: string,
  command: Command,
): Promise<void> {
  await withClient(terminal, optionsOf(command), async (client) => {
    await client.delete(await pathOfPairing(client, called, pairingId));
  });
  terminal.note(`Removed pairing ${pairingId}`);
}
