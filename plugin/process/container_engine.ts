// SPDX-License-Identifier: Apache-2.0

import { CONTAINER_ENGINES, type ContainerEngine } from "../container_command.ts";

/** Whether an engine answers on this machine. */
export interface EngineStatus {
  /** The engine. */
  readonly engine: ContainerEngine;
  /** Whether it answers. */
  readonly available: boolean;
  /** If it does, its version; if it does not, why. */
  readonly detail: string;
}

/** What an engine wrote, and whether it did as it was told. */
export interface EngineAnswer {
  /** Whether it did. */
  readonly success: boolean;
  /** Its output. */
  readonly output: string;
  /** The last line of its complaints. */
  readonly complaint: string;
}

/** An engine that takes longer than that for anything but running a container does not answer. */
const PATIENCE_MS = 15_000;

/** How an engine is asked, and how its answer is read. */
interface Trial {
  /** It answers with its version, and with whether it limits memory and processes. */
  readonly args: readonly string[];
  /** Tells whether it does: without, a container could take all of the machine. */
  readonly limits: (answer: string) => boolean;
}

const TRIALS: Readonly<Record<ContainerEngine, Trial>> = {
  podman: {
    args: ["info", "--format={{.Version.Version}} {{.Host.CgroupControllers}}"],
    limits: (answer) => /\bmemory\b/.test(answer) && /\bpids\b/.test(answer),
  },
  docker: {
    args: ["info", "--format={{.ServerVersion}} {{.MemoryLimit}} {{.PidsLimit}}"],
    limits: (answer) => answer.endsWith(" true true"),
  },
};

const NO_LIMITS = "its user may not limit memory and processes, which takes their cgroups";

/** What of our environment leads an engine to its images; nothing of it reaches a container. */
const ENVIRONMENT = [
  "PATH",
  "HOME",
  "USER",
  "TMPDIR",
  "XDG_RUNTIME_DIR",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
  "DBUS_SESSION_BUS_ADDRESS",
  "CONTAINERS_CONF",
  "CONTAINERS_STORAGE_CONF",
  "CONTAINER_HOST",
  "DOCKER_HOST",
  "DOCKER_CONTEXT",
  "DOCKER_CONFIG",
  "DOCKER_CERT_PATH",
  "DOCKER_TLS_VERIFY",
] as const;

/**
 * Asks which engines of containers answer on this machine, the one to be preferred first. One that
 * cannot limit memory and processes counts as one that does not answer.
 *
 * Requires `--allow-run=podman,docker`; an engine that may not be run is not there. The variables that
 * lead an engine to its images are handed on as far as `--allow-env` lets us see them.
 *
 * @example Usage
 * ```ts ignore
 * import { detectEngines } from "@sigil/plugin/process";
 *
 * const found = (await detectEngines()).find(({ available }) => available);
 * ```
 */
export async function detectEngines(): Promise<readonly EngineStatus[]> {
  return await Promise.all(CONTAINER_ENGINES.map(tryEngine));
}

/** Asks one engine whether it answers. */
export async function tryEngine(engine: ContainerEngine): Promise<EngineStatus> {
  try {
    const { args, limits } = TRIALS[engine];
    const { success, output, complaint } = await askEngine(engine, args);
    const [version = ""] = output.split(" ");
    if (success && limits(output)) return { engine, available: true, detail: version };
    const why = success ? NO_LIMITS : complaint;
    return { engine, available: false, detail: `${engine} does not work: ${why}` };
  } catch (error) {
    return { engine, available: false, detail: whyNot(engine, error) };
  }
}

/** Runs an engine to its end. Rejects when it cannot be run, or does not end. */
export async function askEngine(
  engine: ContainerEngine,
  args: readonly string[],
): Promise<EngineAnswer> {
  const { success, stdout, stderr } = await new Deno.Command(engine, {
    args: [...args],
    clearEnv: true,
    env: engineEnvironment(),
    cwd: "/",
    stdin: "null",
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).output();
  const decoder = new TextDecoder();
  const complaint = decoder.decode(stderr).trim().split("\n").at(-1) ?? "";
  return { success, output: decoder.decode(stdout).trim(), complaint };
}

/** Gives the variables that an engine is run with. */
export function engineEnvironment(): Record<string, string> {
  const entries = ENVIRONMENT.map((name) => [name, readVariable(name)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [typeof entry[0], string] => {
    return entry[1] !== undefined;
  }));
}

function readVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

function whyNot(engine: ContainerEngine, error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return `${engine} is not installed`;
  if (error instanceof Deno.errors.NotCapable) return `${engine} may not be run`;
  return `${engine} cannot be started`;
}
