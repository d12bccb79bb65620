// SPDX-License-Identifier: Apache-2.0

import { type Config, formatIssue, watchConfig } from "@sigil/config";
import { Command } from "commander";
import type { Logger } from "../logger.ts";
import { type Gateway, openGateway } from "../open_gateway.ts";
import { VERSION } from "../version.ts";
import { configFileOf, DEFAULT_FILE, loadCommandConfig } from "./connect.ts";
import type { Terminal } from "./terminal.ts";
import { type CommandOptions, optionsOf, withPatience } from "./with_client.ts";

/** The command `sigil start`. */
export function startCommand(terminal: Terminal): Command {
  return new Command("start")
    .description("Start the gateway, and serve until it is stopped")
    .option("--listen <host:port>", "where to listen; 127.0.0.1:18789 unless configured")
    .option("--verbose", "log what helps to find a fault, too")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  sigil start                            on embedded defaults, in ./data\n" +
        "  sigil start --config sigil.yaml        as that file says\n" +
        "  sigil start --listen 127.0.0.1:0       on any free port\n" +
        "\nCtrl-C, or SIGTERM, lets open answers finish and stops. A changed configuration file is\n" +
        "taken over while the gateway runs; one that is not valid is told, and changes nothing.",
    )
    .action((_options, self) => start(terminal, self));
}

async function start(terminal: Terminal, command: Command): Promise<void> {
  const options = optionsOf(command);
  const listen = options.listen === undefined ? undefined : String(options.listen);
  const flags = { "networking.listen": listen };
  const config = await loadCommandConfig(options, flags);
  const logger = logTo(terminal, options.verbose === true);
  const stopping = Promise.withResolvers<void>();
  const forget = terminal.onStop(stopping.resolve);
  await using gateway = await withPatience(terminal, "Still opening…", () => {
    return openGateway(config, { logger, configFile: configFileOf(options, flags) });
  });
  using _ = logUnhandled(logger);
  tellHowToTalk(terminal, gateway, config, options);
  const watching = new AbortController();
  const watched = followConfig(gateway, config, options, flags, logger, watching.signal);
  await stopping.promise;
  forget();
  terminal.note("Stopping: open answers may finish. Once more ends them at once.");
  watching.abort();
  await watched;
}

function tellHowToTalk(
  terminal: Terminal,
  gateway: Gateway,
  config: Config,
  options: CommandOptions,
): void {
  const { url, tokenPath, providers } = gateway;
  const token = tokenPath === undefined ? "$SIGIL_TOKEN" : `$(cat ${tokenPath})`;
  const lines = [
    `Sigil ${VERSION} listens on ${url}`,
    "",
    "Providers:",
    ...providers.map(({ name, source }) => `  ${name} (${source})`),
    ...(providers.length === 1 ? [HOW_TO_ADD_A_PROVIDER] : []),
    "",
    "Talk to it:",
    `  ${terminal.program} chat${sameOptions(options)}`,
    `  curl ${url}/v1/chat/completions -H "Authorization: Bearer ${token}" \\`,
    `    -d '{"model":"sigil","messages":[{"role":"user","content":"Hello"}]}'`,
    "",
    `The token is ${tokenPath === undefined ? "that of the configuration" : `in ${tokenPath}`}.`,
    `What it can do: ${url}/api/v1/openapi.json`,
  ];
  terminal.write(`${lines.join("\n")}\n`);
  if (!isLoopback(config.networking.listen)) terminal.note(OPEN_TO_OTHERS);
}

/** Whether only programs of this machine can reach an address. */
function isLoopback(listen: string): boolean {
  return /^(127\.|localhost:|\[::1\])/.test(listen);
}

const OPEN_TO_OTHERS =
  "Others can reach this address, and whoever has the token may talk to the gateway. The token\n" +
  "travels in the clear: put a proxy with TLS in front, and set networking.mode to public.";

/** What another command must be told to find this gateway. */
function sameOptions({ config, data }: CommandOptions): string {
  return `${config === undefined ? "" : ` --config ${config}`}${
    data === undefined ? "" : ` --data ${data}`
  }`;
}

const HOW_TO_ADD_A_PROVIDER =
  "  No language model yet: set ANTHROPIC_API_KEY, OPENAI_API_KEY, GEMINI_API_KEY or\n" +
  "  OPENROUTER_API_KEY, start Ollama, or name a provider in sigil.yaml.";

/** Takes changes of the configuration file over. What is wrong with one is told, and changes nothing. */
async function followConfig(
  gateway: Gateway,
  config: Config,
  options: CommandOptions,
  flags: Readonly<Record<string, unknown>>,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const path = options.config ?? DEFAULT_FILE;
  const all = { ...flags, "storage.directory": options.data };
  try {
    for await (const change of watchConfig(path, { current: config, flags: all, signal })) {
      if (change.status === "loaded") await takeOver(gateway, change.config, logger);
      else logger.error("configuration refused", { issues: change.issues.map(formatIssue) });
    }
  } catch (error) {
    if (!signal.aborted) logger.warn("configuration not watched", { error: String(error) });
  }
}

async function takeOver(gateway: Gateway, config: Config, logger: Logger): Promise<void> {
  try {
    await gateway.reload(config);
    logger.info("configuration taken over");
  } catch (error) {
    logger.error("configuration refused", { error: String(error) });
  }
}

/** A fault in the work for one client must not end the work for all others. */
function logUnhandled(logger: Logger): Disposable {
  const log = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    const { reason } = event;
    logger.error("unhandled rejection", { error: reason instanceof Error ? reason.stack : reason });
  };
  globalThis.addEventListener("unhandledrejection", log);
  return { [Symbol.dispose]: () => globalThis.removeEventListener("unhandledrejection", log) };
}

/** Writes a line of JSON for each thing that happens. */
function logTo(terminal: Terminal, isVerbose: boolean): Logger {
  const at = (level: string) => (message: string, fields?: Record<string, unknown>) => {
    const time = new Date().toISOString();
    terminal.note(JSON.stringify({ time, level, message, ...fields }));
  };
  const debug = isVerbose ? at("debug") : () => {};
  return { debug, info: at("info"), warn: at("warn"), error: at("error") };
}
