// SPDX-License-Identifier: Apache-2.0

import { Command } from "commander";
import type { z } from "zod";
import { findRunning } from "../data_directory.ts";
import { GatewayError } from "../errors.ts";
import { listOf, plugin, type providerStatus, status } from "../rest/schemas.ts";
import { connect, loadCommandConfig } from "./connect.ts";
import { formatTable } from "./format_table.ts";
import { hintAtPlugins } from "./plugin_advice.ts";
import { type Terminal, writeJson, writeLine } from "./terminal.ts";
import { optionsOf } from "./with_client.ts";

type ProviderStatus = z.output<typeof providerStatus>;
type Plugin = z.output<typeof plugin>;

/** The command `sigil status`. */
export function statusCommand(terminal: Terminal): Command {
  return new Command("status")
    .description("Tell whether the gateway runs, and how its providers and plugins are")
    .option("--json", "write JSON")
    .addHelpText("after", "\nThe exit code is 1 when no gateway runs.")
    .action((_options, self) => show(terminal, self));
}

async function show(terminal: Terminal, command: Command): Promise<void> {
  const options = optionsOf(command);
  const { storage } = await loadCommandConfig(options);
  const running = await findRunning(storage.directory);
  if (running === undefined) {
    throw new GatewayError("unreachable", `No gateway runs on "${storage.directory}"`, {
      nextStep: "Start one: sigil start",
    });
  }
  await using client = await connect(options);
  const found = await client.get("/api/v1/status", status);
  const { items } = await client.get("/api/v1/plugins", listOf(plugin));
  const plugins = items.filter(({ enabled }) => enabled);
  if (options.json) {
    return writeJson(terminal, { url: running.url, pid: running.pid, ...found, plugins });
  }
  const minutes = Math.floor(found.uptimeSeconds / 60);
  writeLine(terminal, `Sigil ${found.version} runs at ${running.url} (process ${running.pid})`);
  writeLine(terminal, `Up for ${minutes} min, ${found.answersUnderWay} answers under way`);
  const table = formatTable<ProviderStatus>(found.providers, [
    ["PROVIDER", ({ provider }) => provider],
    ["AVAILABLE", ({ available }) => available ? "yes" : "no"],
    ["STATE", ({ message }) => message],
  ]);
  writeLine(terminal, `\n${table}`);
  if (plugins.length > 0) writePlugins(terminal, plugins);
}

function writePlugins(terminal: Terminal, plugins: readonly Plugin[]): void {
  const table = formatTable<Plugin>(plugins, [
    ["PLUGIN", ({ name }) => name],
    ["STATE", ({ state }) => state],
    ["PROBLEM", ({ message }) => message, 200],
  ]);
  writeLine(terminal, `\n${table}`);
  hintAtPlugins(terminal, plugins);
}
