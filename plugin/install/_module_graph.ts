// SPDX-License-Identifier: Apache-2.0

import { pathToFileURL } from "node:url";
import { z } from "zod";
import { PluginError } from "../errors.ts";

/** What of the output of `deno info --json` is needed. */
const GRAPH = z.object({
  modules: z.array(z.object({
    specifier: z.string(),
    error: z.string().optional(),
    dependencies: z.array(z.object({
      specifier: z.string(),
      code: z.object({ specifier: z.string().optional(), error: z.string().optional() }).optional(),
    })).optional(),
  })),
});

type Graph = z.output<typeof GRAPH>;

/** Seconds that reading a plugin's modules may take. */
const TIME_LIMIT_MS = 20_000;

/** Bytes that reading a plugin's modules may take, where the machine has `prlimit`. */
const MEMORY_LIMIT = 2_000_000_000;

/** Options of {@linkcode checkModuleGraph}. */
export interface ModuleGraphOptions {
  /** The folder in which a cache is made for a moment; the machine's folder for that when absent. */
  readonly temporaryDirectory?: string | undefined;
  /** When it aborts, the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Follows what a module imports, without running it, and gives the paths of the plugin's own modules
 * that it reaches. It refuses imports that leave the folder.
 */
export async function checkModuleGraph(
  directory: string,
  main: string,
  options: ModuleGraphOptions,
): Promise<string[]> {
  const root = `${pathToFileURL(directory).href}/`;
  const graph = await readGraph(`${directory}/${main}`, options);
  const own = graph.modules.filter(({ specifier }) => specifier.startsWith(root));
  for (const { specifier, error, dependencies = [] } of own) {
    const path = decodeURI(specifier.slice(root.length));
    if (error !== undefined) throw refuse(directory, path, firstLine(error));
    for (const { specifier, code } of dependencies) {
      const problem = code === undefined ? undefined : importProblem(code, root);
      if (problem !== undefined) {
        throw refuse(directory, path, `it imports ${specifier}, ${problem}`);
      }
    }
  }
  return own.map(({ specifier }) => decodeURI(specifier.slice(root.length)));
}

/** Tells why something cannot be imported; nothing when it can. */
function importProblem(
  { specifier, error }: { specifier?: string | undefined; error?: string | undefined },
  root: string,
): string | undefined {
  if (error !== undefined || specifier === undefined) return "which is nowhere to be found";
  if (specifier.startsWith(root)) return undefined;
  if (specifier.startsWith("file:")) return "which is outside its folder";
  if (/^(node|data):/.test(specifier)) return undefined;
  return "which is not in its folder: bundle it, for instance with deno bundle";
}

async function readGraph(main: string, options: ModuleGraphOptions): Promise<Graph> {
  const { signal, temporaryDirectory } = options;
  const place = temporaryDirectory === undefined ? {} : { dir: temporaryDirectory };
  const cache = await Deno.makeTempDir({ prefix: ".info-", ...place });
  try {
    const timeLimit = AbortSignal.timeout(TIME_LIMIT_MS);
    const limit = signal === undefined ? timeLimit : AbortSignal.any([signal, timeLimit]);
    const output = await runInfo(main, cache, limit);
    signal?.throwIfAborted();
    return parseGraph(main, output);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

function parseGraph(main: string, { success, stdout }: Deno.CommandOutput): Graph {
  if (!success) throw unreadable(main);
  try {
    return GRAPH.parse(JSON.parse(new TextDecoder().decode(stdout)));
  } catch (cause) {
    throw unreadable(main, cause);
  }
}

/** Reads, and never runs, the module and all that it imports; fetches nothing. */
async function runInfo(
  main: string,
  cache: string,
  signal: AbortSignal,
): Promise<Deno.CommandOutput> {
  const args = ["info", "--json", "--no-config", "--no-lock", "--no-remote", "--no-npm", main];
  const options = { clearEnv: true, env: { DENO_DIR: cache, NO_COLOR: "1" }, signal } as const;
  const deno = Deno.execPath();
  try {
    const limited = [`--data=${MEMORY_LIMIT}`, deno, ...args];
    return await new Deno.Command("prlimit", { ...options, args: limited }).output();
  } catch (error) {
    if (!isMissing(error)) throw error;
    return await new Deno.Command(deno, { ...options, args }).output();
  }
}

/** Tells whether a program is not on the machine, or may not be run. */
function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable;
}

function unreadable(main: string, cause?: unknown): PluginError {
  const message = `Cannot use the plugin file "${main}": what it imports cannot be read`;
  return new PluginError("unsafe", message, { cause });
}

function refuse(directory: string, path: string, reason: string): PluginError {
  const message = `Cannot use the plugin file "${directory}/${path}": ${reason}`;
  return new PluginError("unsafe", message);
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
