// SPDX-License-Identifier: Apache-2.0

import { type Config, ConfigError, makeConfig, validateConfig } from "@sigil/config";
import { Command } from "commander";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { findRunning } from "../data_directory.ts";
import { GatewayError } from "../errors.ts";
import { auditEntry, auditVerification, listOf, status, workspace } from "../rest/schemas.ts";
import { tokenFault } from "../token.ts";
import { connect, type GlobalOptions, loadCommandConfig } from "./connect.ts";
import { examineIsolation, examinePlugins } from "./examine_plugins.ts";
import type { GatewayClient } from "./gateway_client.ts";
import { nextStepOf } from "./next_step.ts";
import { asTyped, type Terminal, writeJson, writeLine } from "./terminal.ts";
import { optionsOf, withPatience } from "./with_client.ts";

/** What was found out about one thing. */
export interface Finding {
  /** What was looked at. */
  readonly check: string;
  /** Whether it is well; a warning is no failure. */
  readonly result: "ok" | "warning" | "failure";
  /** How it is. */
  readonly detail: string;
  /** What to do about it; empty when it is well. */
  readonly nextStep: string;
}

const LEAST_FREE_BYTES = 512 * 1024 * 1024;
const EARLIEST = Date.UTC(2026, 0, 1);
const ONE_DAY_MS = 86_400_000;

/** The command `sigil doctor`. */
export function doctorCommand(terminal: Terminal): Command {
  return new Command("doctor")
    .description("Check configuration, stores, providers, plugins, disk, clock and permissions")
    .option("--json", "write JSON")
    .addHelpText(
      "after",
      "\nEach failure comes with the next step. The exit code is 1 when one is.",
    )
    .action((_options, self) => examine(terminal, self));
}

async function examine(terminal: Terminal, command: Command): Promise<void> {
  const options = optionsOf(command);
  const findings = await withPatience(terminal, "Still looking…", () => findAll(options));
  if (options.json) writeJson(terminal, findings);
  else for (const finding of findings) writeLine(terminal, formatFinding(terminal, finding));
  const failures = findings.filter(({ result }) => result === "failure").length;
  if (failures === 0) return;
  throw new GatewayError(
    "internal",
    `Found ${failures} ${failures === 1 ? "failure" : "failures"}`,
  );
}

async function findAll(options: GlobalOptions): Promise<readonly Finding[]> {
  const [config, aboutConfig] = await examineConfig(options);
  return [
    aboutConfig,
    examineClock(),
    await examinePermissions(),
    ...await examineIsolation(config),
    ...await examineDirectory(config),
    await examineDisk(config),
    ...await examineGateway(options, config),
  ];
}

async function examineConfig(options: GlobalOptions): Promise<readonly [Config, Finding]> {
  try {
    const config = await loadCommandConfig(options);
    const issues = validateConfig(config);
    if (issues.length === 0) return [config, ok("configuration", "It is valid")];
    return [config, failure("configuration", issues.map(({ message }) => message).join("; "), FIX)];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [makeConfig(), failure("configuration", error.message, FIX)];
  }
}

const FIX = "Mend the file, and check it with sigil config validate";

function examineClock(): Finding {
  const now = new Date();
  if (now.getTime() >= EARLIEST) return ok("clock", now.toISOString());
  const detail = `It shows ${now.toISOString()}, before this program was made`;
  return failure("clock", detail, "Set the clock: what is remembered is dated by it");
}

/** To run programs is what plugins take, which are processes; to load native code, nothing does. */
async function examinePermissions(): Promise<Finding> {
  const { state } = await Deno.permissions.query({ name: "ffi" });
  if (state !== "granted") return ok("permissions", "No more than the gateway needs");
  const detail = "This process may load native code, which the gateway does not need";
  return warning("permissions", detail, "Start it with deno task start, not with --allow-all");
}

async function examineDirectory({ storage, auth }: Config): Promise<readonly Finding[]> {
  const { directory } = storage;
  try {
    const { mode, isDirectory } = await Deno.stat(directory);
    if (!isDirectory) {
      return [failure("data directory", `"${directory}" is no folder`, "Name another with --data")];
    }
    const isPrivate = mode === null || (mode & 0o077) === 0;
    const finding = isPrivate
      ? ok("data directory", directory)
      : warning("data directory", "Other users may look into it", `chmod 700 ${directory}`);
    return [finding, ...(auth.token === undefined ? [await examineToken(directory)] : [])];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return [ok("data directory", `"${directory}" is made when the gateway first starts`)];
    }
    return [failure("data directory", textOf(error), "Name one that you may read with --data")];
  }
}

async function examineToken(directory: string): Promise<Finding> {
  const path = join(directory, "token");
  try {
    const fault = tokenFault((await Deno.readTextFile(path)).trim());
    if (fault !== undefined) {
      return failure("token", `Of no use: ${fault}`, `rm ${path}, and start the gateway again`);
    }
    const { mode } = await Deno.stat(path);
    if (mode === null || (mode & 0o077) === 0) return ok("token", path);
    return warning("token", "Other users may read it", `chmod 600 ${path}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return ok("token", "One is made when the gateway first starts");
    }
    return failure("token", textOf(error), `Let your user read ${path}`);
  }
}

async function examineDisk({ storage }: Config): Promise<Finding> {
  try {
    const { bavail, bsize } = await statfs(await existing(storage.directory));
    const free = bavail * bsize;
    const detail = `${Math.floor(free / 1024 / 1024)} MB free`;
    if (free >= LEAST_FREE_BYTES) return ok("disk", detail);
    return failure("disk", detail, "Make room: a full disk stops every conversation");
  } catch (error) {
    return warning("disk", `Cannot tell how much is free: ${textOf(error)}`, "Look with df");
  }
}

async function existing(directory: string): Promise<string> {
  try {
    await Deno.stat(directory);
    return directory;
  } catch {
    return ".";
  }
}

async function examineGateway(
  options: GlobalOptions,
  config: Config,
): Promise<readonly Finding[]> {
  try {
    const running = await findRunning(config.storage.directory);
    const where = running === undefined
      ? ok("gateway", "None runs; the stores are opened here")
      : ok("gateway", `Process ${running.pid} serves ${running.url}`);
    await using client = await connect(options);
    return [
      where,
      ...await examineStores(client),
      ...await examineProviders(client),
      ...await examinePlugins(client),
    ];
  } catch (error) {
    return [failure("gateway", textOf(error), nextStepOf(error) ?? "See the log of sigil start")];
  }
}

async function examineStores(client: GatewayClient): Promise<readonly Finding[]> {
  const { items } = await client.get("/api/v1/workspaces", listOf(workspace));
  const stores = await Promise.all(items.map(({ id }) => examineWorkspace(client, id)));
  return [...stores, await examineAudit(client), await examineLastEntry(client)];
}

async function examineWorkspace(client: GatewayClient, id: string): Promise<Finding> {
  const check = `workspace ${id}`;
  const path = `/api/v1/workspaces/${encodeURIComponent(id)}/entities?limit=1`;
  try {
    await client.get(path, workspaceProbe);
    return ok(check, "Its stores open");
  } catch (error) {
    return failure(check, textOf(error), nextStepOf(error) ?? "See the log of sigil start");
  }
}

const workspaceProbe = listOf(workspace.pick({ id: true }));

async function examineAudit(client: GatewayClient): Promise<Finding> {
  const found = await client.get("/api/v1/audit/verify", auditVerification);
  if (found.status === "intact") return ok("audit log", `${found.entries} entries, intact`);
  const nextStep = "Compare gateway.db with a backup, and find out who could write to it";
  return failure("audit log", `Entry "${found.brokenId}" is not as it was written`, nextStep);
}

/** A record from the future means that the clock was set back, or was wrong then. */
async function examineLastEntry(client: GatewayClient): Promise<Finding> {
  const { items: [last] } = await client.get("/api/v1/audit?limit=1", listOf(auditEntry));
  const ahead = last === undefined ? 0 : Date.parse(last.timestamp) - Date.now();
  if (ahead < ONE_DAY_MS) return ok("order of time", "Nothing is dated in the future");
  const detail = `The newest entry is dated ${last?.timestamp}`;
  return warning("order of time", detail, "See whether the clock is right");
}

async function examineProviders(client: GatewayClient): Promise<readonly Finding[]> {
  const { providers } = await client.get("/api/v1/status", status);
  const findings = providers.map(({ provider, available, message }) =>
    available
      ? ok(`provider ${provider}`, message)
      : failure(`provider ${provider}`, message, "Check its key and its address in sigil.yaml")
  );
  if (providers.some(({ provider }) => provider !== "local")) return findings;
  const detail = "Only the built-in rules answer, which are no language model";
  const nextStep = "Set ANTHROPIC_API_KEY or another vendor's key, or start Ollama";
  return [...findings, warning("providers", detail, nextStep)];
}

function formatFinding(terminal: Terminal, { check, result, detail, nextStep }: Finding): string {
  const mark = { ok: "ok      ", warning: "warning ", failure: "FAILURE " }[result];
  const lines = detail.replaceAll("\n", "\n          ");
  return `${mark}${check}: ${lines}${
    nextStep === "" ? "" : `\n        → ${asTyped(terminal, nextStep)}`
  }`;
}

function ok(check: string, detail: string): Finding {
  return { check, result: "ok", detail, nextStep: "" };
}

function warning(check: string, detail: string, nextStep: string): Finding {
  return { check, result: "warning", detail, nextStep };
}

function failure(check: string, detail: string, nextStep: string): Finding {
  return { check, result: "failure", detail, nextStep };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
