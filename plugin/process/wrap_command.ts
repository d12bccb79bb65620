// SPDX-License-Identifier: Apache-2.0

import type { PluginSandbox } from "./plugin_process.ts";

/** A program to be started. */
export interface PluginCommand {
  /** The program. */
  readonly path: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The absolute path of the folder that it starts in; for the one who starts it when absent. */
  readonly cwd?: string | undefined;
}

/** What Deno itself takes, in bytes, before a plugin has asked for anything. */
const DENO_BYTES = 512 * 1024 * 1024;

/** Where the wrappers are looked for. */
const WRAPPER_PATH = "/usr/local/bin:/usr/bin:/bin";

/** What a program needs of the system to be loaded at all; what a machine lacks is left out. */
const SYSTEM_PATHS: readonly string[] = ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache"];

/** What a program needs of the system to look up names and check certificates. */
const NETWORK_PATHS: readonly string[] = [
  "/etc/resolv.conf",
  "/etc/hosts",
  "/etc/nsswitch.conf",
  "/etc/ssl",
];

/**
 * Puts the layers of a sandbox around a command, the outermost first: a limit on memory, then
 * namespaces or, without them, the signal that ends it with its parent.
 *
 * Starts nothing and looks at nothing: the same input gives the same command.
 *
 * @throws {TypeError} When a path is not absolute, or the program is not.
 *
 * @example Usage
 * ```ts
 * import { wrapCommand } from "@sigil/plugin/process";
 *
 * const deno = { path: "/usr/bin/deno", args: ["run", "main.ts"], env: {} };
 * const { path, args } = wrapCommand(deno, { layers: ["pdeathsig"] });
 * console.log([path, ...args].join(" ")); // setpriv --pdeathsig KILL -- /usr/bin/deno run main.ts
 * ```
 */
export function wrapCommand(command: PluginCommand, sandbox: PluginSandbox): PluginCommand {
  const { readPaths = [], writePaths = [] } = sandbox;
  for (const path of [command.path, command.cwd ?? "/", ...readPaths, ...writePaths]) {
    if (!path.startsWith("/")) throw new TypeError(`Cannot wrap "${path}": it is not absolute`);
  }
  const prefix = [...memoryArgs(sandbox), ...parentArgs(command, sandbox)];
  const [program, ...args] = [...prefix, command.path, ...command.args];
  if (program === undefined || prefix.length === 0) return command;
  return { ...command, path: program, args, env: { ...command.env, PATH: WRAPPER_PATH } };
}

function memoryArgs({ layers, memoryBytes }: PluginSandbox): readonly string[] {
  if (memoryBytes === undefined || !layers.includes("prlimit")) return [];
  return ["prlimit", `--data=${DENO_BYTES + memoryBytes}`, "--core=0", "--"];
}

function parentArgs(command: PluginCommand, sandbox: PluginSandbox): readonly string[] {
  if (sandbox.layers.includes("bwrap")) return bwrapArgs(command, sandbox);
  if (sandbox.layers.includes("pdeathsig")) return ["setpriv", "--pdeathsig", "KILL", "--"];
  return [];
}

/** A folder to start in that nothing shows to the process is there all the same, and empty. */
function bwrapArgs(command: PluginCommand, sandbox: PluginSandbox): readonly string[] {
  const { cwd } = command;
  const { readPaths = [], writePaths = [], network = false } = sandbox;
  const system = network ? [...SYSTEM_PATHS, ...NETWORK_PATHS] : SYSTEM_PATHS;
  return [
    ...["bwrap", "--unshare-all", ...network ? ["--share-net"] : []],
    ...["--die-with-parent", "--new-session", "--clearenv"],
    ...Object.entries(command.env).flatMap(([name, value]) => ["--setenv", name, value]),
    ...system.flatMap((path) => ["--ro-bind-try", path, path]),
    ...["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"],
    ...cwd === undefined ? [] : ["--dir", cwd],
    ...bindArgs(command.path, readPaths, writePaths),
    ...["--chdir", cwd ?? "/", "--"],
  ];
}

/**
 * What is deeper comes later, so that it is seen through what is above it. Only the program has to be
 * there: who starts a plugin need not be allowed to look whether its folders are.
 */
function bindArgs(
  program: string,
  readPaths: readonly string[],
  writePaths: readonly string[],
): readonly string[] {
  const binds = [
    ["--ro-bind", program] as const,
    ...readPaths.map((path) => ["--ro-bind-try", path] as const),
    ...writePaths.map((path) => ["--bind-try", path] as const),
  ];
  binds.sort(([, left], [, right]) => left.length - right.length);
  return binds.flatMap(([flag, path]) => [flag, path, path]);
}
