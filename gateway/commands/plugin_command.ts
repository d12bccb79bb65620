// SPDX-License-Identifier: Apache-2.0

import { Command, Option } from "commander";
import type { z } from "zod";
import { GatewayError } from "../errors.ts";
import { pluginsDirectory } from "../plugins/plugin_settings.ts";
import { listOf, plugin, pluginFiles, pluginLogLine } from "../rest/schemas.ts";
import { confirm } from "./confirm.ts";
import { loadCommandConfig } from "./connect.ts";
import { formatTable, stripControls } from "./format_table.ts";
import type { GatewayClient } from "./gateway_client.ts";
import { hintAtPlugins } from "./plugin_advice.ts";
import { hint, type Terminal, writeJson, writeLine } from "./terminal.ts";
import { wholeNumber } from "./whole_number.ts";
import { type CommandOptions, optionsOf, withClient } from "./with_client.ts";

type Plugin = z.output<typeof plugin>;

const PLUGINS = "/api/v1/plugins";

/** The command `sigil plugin`. */
export function pluginCommand(terminal: Terminal): Command {
  const command = new Command("plugin")
    .description("Write, install, enable and look at plugins")
    .addHelpText("after", WALK);
  addLooking(command, terminal);
  addChanging(command, terminal);
  addFiles(command, terminal);
  return command;
}

const WALK = `
A plugin is a folder with a plugin.yaml, which names all that it may touch, and one TypeScript file.
It runs in a process of its own. Plugins are in the folder plugins of the data directory.

From nothing to a tool that the agent uses:
  sigil plugin new hello --type tool
  sigil plugin enable hello
  sigil chat '/tool hello__greet {"name": "Ada"}'
  sigil audit list --plugin hello
`;

function addLooking(command: Command, terminal: Terminal): void {
  command.command("list")
    .description("List the plugins that are there, and how they are")
    .option("--json", "write JSON")
    .action((_options, self) => list(terminal, self));
  command.command("inspect <plugin>")
    .description("Show what a plugin asks for, and how it is")
    .option("--json", "write JSON")
    .action((name, _options, self) => inspect(terminal, name, self));
  command.command("logs <plugin>")
    .description("Show what a plugin wrote, and what became of it")
    .option("--limit <count>", "how many lines at most", wholeNumber, 100)
    .option("--json", "write JSON")
    .action((name, _options, self) => logs(terminal, name, self));
}

function addChanging(command: Command, terminal: Terminal): void {
  command.command("enable <plugin>")
    .description("Show what a plugin asks for, and run it from now on")
    .option("--yes", "do not ask")
    .addHelpText(
      "after",
      "\nIt sets plugins.<plugin>.enabled in the configuration file. One whose files have changed is\n" +
        "refused until it is enabled again.",
    )
    .action((name, _options, self) => enable(terminal, name, self));
  command.command("disable <plugin>")
    .description("Stop a plugin, and run it no more")
    .action((name, _options, self) => disable(terminal, name, self));
  command.command("reload <plugin>")
    .description("Load a plugin again; calls under way finish, new ones wait")
    .action((name, _options, self) => reload(terminal, name, self));
}

function addFiles(command: Command, terminal: Terminal): void {
  command.command("new <name>")
    .description("Write a new plugin that works, with a test")
    .addOption(
      new Option("--type <type>", "what it brings")
        .choices(["tool", "channel", "provider"]).default("tool"),
    )
    .option("--folder <path>", "where; in the folder of plugins when it is left out")
    .addHelpText("after", "\nExample:\n  sigil plugin new hello --type tool")
    .action((name, _options, self) => make(terminal, name, self));
  command.command("install <source>")
    .description("Check a plugin, copy it into the folder of plugins, and show what it asks for")
    .option("--replace", "take the place of the plugin of that name")
    .option("--hash <hash>", "refuse it unless its files have this hash")
    .option("--yes", "enable it without asking")
    .addHelpText(
      "after",
      "\nThe source is a folder or an archive (.tar, .tar.gz, .tgz). Nothing of it is run before it\n" +
        "is enabled.\n\nExample:\n  sigil plugin install ./weather-1.0.0.tgz",
    )
    .action((source, _options, self) => install(terminal, source, self));
  command.command("remove <plugin>")
    .description("Stop a plugin and remove its files; what it has kept stays")
    .option("--yes", "do not ask")
    .action((name, _options, self) => remove(terminal, name, self));
}

async function list(terminal: Terminal, command: Command): Promise<void> {
  const options = optionsOf(command);
  const { items } = await withClient(terminal, options, (client) => {
    return client.get(PLUGINS, listOf(plugin));
  });
  if (options.json) return writeJson(terminal, items);
  if (items.length === 0) {
    return hint(terminal, "There are none. Begin with: sigil plugin new hello");
  }
  const table = formatTable<Plugin>(items, [
    ["PLUGIN", ({ name }) => name],
    ["VERSION", ({ version }) => version],
    ["TYPE", ({ type }) => type],
    ["ENABLED", ({ enabled }) => enabled ? "yes" : "no"],
    ["STATE", ({ state }) => state],
    ["PROBLEM", ({ message }) => message, 200],
  ]);
  writeLine(terminal, table);
  hintAtPlugins(terminal, items);
}

async function inspect(terminal: Terminal, name: string, command: Command): Promise<void> {
  const options = optionsOf(command);
  const found = await withClient(terminal, options, (client) => getPlugin(client, name));
  if (options.json) return writeJson(terminal, found);
  writeLine(terminal, describe(found).join("\n"));
  hintAtPlugins(terminal, [found]);
}

function describe(found: Plugin): readonly string[] {
  const { name, version, type, state, enabled, directory, hash, tools, crashes, message } = found;
  return [
    `${name} ${version} (${type || "unreadable"}), ${
      enabled ? "enabled" : "not enabled"
    }, ${state}`,
    `Folder: ${directory}`,
    ...(hash === "" ? [] : [`Hash: ${hash}`]),
    ...(tools.length === 0 ? [] : [`Tools: ${tools.join(", ")}`]),
    ...(crashes === 0 ? [] : [`Crashes lately: ${crashes}`]),
    ...asksOf(found),
    ...(message === "" ? [] : [`Problem: ${message}`]),
  ].map(stripControls);
}

function asksOf({ asks }: Pick<Plugin, "asks">): readonly string[] {
  return ["It asks for:", ...asks.map((ask) => `  - ${stripControls(ask)}`)];
}

async function logs(terminal: Terminal, name: string, command: Command): Promise<void> {
  const options = optionsOf(command);
  const path = `${pathOf(name)}/logs?limit=${options.limit}`;
  const { items } = await withClient(terminal, options, (client) => {
    return client.get(path, listOf(pluginLogLine));
  });
  if (options.json) return writeJson(terminal, items);
  if (items.length === 0) return terminal.note("Nothing yet. Logs are kept while a gateway runs.");
  for (const { time, source, text } of items) {
    writeLine(terminal, `${time}  ${source}  ${stripControls(text)}`);
  }
}

async function enable(terminal: Terminal, name: string, command: Command): Promise<void> {
  const options = optionsOf(command);
  const files = await withClient(terminal, options, (client) => {
    return client.get(`${pathOf(name)}/files`, pluginFiles);
  });
  await showAndEnable(terminal, options, { name, ...files });
}

async function showAndEnable(
  terminal: Terminal,
  options: CommandOptions,
  { name, asks, hash }: Pick<Plugin, "name" | "asks" | "hash">,
): Promise<void> {
  for (const line of asksOf({ asks })) terminal.note(line);
  if (options.yes !== true && !await confirm(terminal, `Enable ${name}?`)) {
    hint(terminal, `Not enabled. To do so later: sigil plugin enable ${name}`);
    return;
  }
  const enabled = await withClient(terminal, options, (client) => {
    return change(client, name, "enable", { hash });
  });
  tellState(terminal, enabled);
}

async function disable(terminal: Terminal, name: string, command: Command): Promise<void> {
  const changed = await withClient(terminal, optionsOf(command), (client) => {
    return change(client, name, "disable");
  });
  tellState(terminal, changed);
}

async function reload(terminal: Terminal, name: string, command: Command): Promise<void> {
  const changed = await withClient(terminal, optionsOf(command), (client) => {
    return change(client, name, "reload");
  });
  tellState(terminal, changed);
}

/** Says how a plugin is now; fails when it was to run and cannot. */
function tellState(terminal: Terminal, { name, state, enabled, tools, message }: Plugin): void {
  if (state === "error") {
    throw new GatewayError("plugin_failed", message, {
      nextStep: `See sigil plugin logs ${name}`,
    });
  }
  if (!enabled) return writeLine(terminal, `${name} is disabled`);
  const whether = STATES[state] ?? ` and is ${state}`;
  writeLine(terminal, `${name} is enabled${whether}`);
  if (tools.length > 0) writeLine(terminal, `Its tools: ${tools.join(", ")}`);
}

const STATES: Readonly<Record<string, string>> = {
  running: " and runs",
  discovered: ", and runs when a gateway does",
  stopped: ", and runs when a gateway does",
};

async function make(terminal: Terminal, name: string, command: Command): Promise<void> {
  const options = optionsOf(command);
  const { resolve } = await import("node:path");
  const { scaffoldPlugin } = await import("@sigil/plugin/scaffold");
  const directory = typeof options.folder === "string"
    ? resolve(options.folder)
    : `${pluginsDirectory(await loadCommandConfig(options))}/${name}`;
  const type = options.type === "channel" || options.type === "provider" ? options.type : "tool";
  const { files } = await scaffoldPlugin(name, type, directory);
  writeLine(terminal, `Wrote ${directory}:`);
  for (const file of files) writeLine(terminal, `  ${file}`);
  hint(
    terminal,
    `Next: sigil plugin ${options.folder === undefined ? "enable" : "install"} ${
      options.folder === undefined ? name : directory
    }`,
  );
}

async function install(terminal: Terminal, source: string, command: Command): Promise<void> {
  const options = optionsOf(command);
  const { resolve } = await import("node:path");
  const { installPlugin } = await import("@sigil/plugin/install");
  const directory = pluginsDirectory(await loadCommandConfig(options));
  const replace = options.replace === true;
  const hash = options.hash === undefined ? undefined : String(options.hash);
  const installed = await installPlugin(resolve(source), directory, {
    replace,
    hash,
    // What is replaced may ask for more than before: it must not run before somebody has seen that.
    onReplace: (name) => disableIfEnabled(terminal, options, name),
  });
  const { manifest: { name, version }, files } = installed;
  writeLine(terminal, `Installed ${name} ${version}: ${files} files, hash ${installed.hash}`);
  const asks = [...installed.asks];
  if (terminal.isInteractive || options.yes === true) {
    return await showAndEnable(terminal, options, { name, asks, hash: installed.hash });
  }
  for (const line of asksOf({ asks })) terminal.note(line);
  hint(terminal, `Not enabled yet: sigil plugin enable ${name}`);
}

async function remove(terminal: Terminal, name: string, command: Command): Promise<void> {
  const options = optionsOf(command);
  const { removePlugin } = await import("@sigil/plugin/install");
  const directory = pluginsDirectory(await loadCommandConfig(options));
  const found = await withClient(terminal, options, (client) => getPlugin(client, name));
  if (options.yes !== true && !await confirm(terminal, `Remove ${found.directory}?`)) return;
  await disableIfEnabled(terminal, options, name);
  await removePlugin(name, directory);
  writeLine(terminal, `Removed ${name}`);
}

async function disableIfEnabled(
  terminal: Terminal,
  options: CommandOptions,
  name: string,
): Promise<void> {
  await withClient(terminal, options, async (client) => {
    if ((await getPlugin(client, name)).enabled) await change(client, name, "disable");
  });
}

async function getPlugin(client: GatewayClient, name: string): Promise<Plugin> {
  return await client.get(pathOf(name), plugin);
}

async function change(
  client: GatewayClient,
  name: string,
  verb: "enable" | "disable" | "reload",
  body: Readonly<Record<string, unknown>> = {},
): Promise<Plugin> {
  return await client.send("POST", `${pathOf(name)}/${verb}`, body, plugin);
}

function pathOf(name: string): string {
  return `${PLUGINS}/${encodeURIComponent(name)}`;
}
