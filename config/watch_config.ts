// SPDX-License-Identifier: Apache-2.0

import { buildConfig } from "./_build.ts";
import type { Config } from "./config.ts";
import { ConfigError, type ConfigErrorCode, type ConfigIssue } from "./errors.ts";
import { originOf } from "./_origin.ts";
import type { LoadOptions } from "./load_config.ts";
import { readConfigFile, readConfigFileSync } from "./_read_file.ts";
import { settledEvents } from "./_settled_events.ts";
import { validateConfig } from "./validate_config.ts";

/** What a changed file brought. */
export type ConfigChange =
  | { readonly status: "loaded"; readonly config: Config }
  | { readonly status: "invalid"; readonly issues: readonly ConfigIssue[] };

/** Options of {@linkcode watchConfig}. */
export interface WatchOptions extends Pick<LoadOptions, "env" | "flags"> {
  /** When it aborts, the loop throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** The config in use. If the file has changed since it was loaded, that is the first change. */
  readonly current?: Config | undefined;
  /**
   * How long the file must be left alone before it is read, in milliseconds, so that half of a save is
   * not taken for the whole.
   *
   * @default {100}
   */
  readonly settleMs?: number | undefined;
}

/**
 * Watches a file and gives each new config that is valid, and the issues of each that is not.
 *
 * It begins with the first step of the loop and goes on until the loop is left. What comes after an
 * invalid file is for the caller to decide: most keep the config that they have. A file
 * that is replaced, or removed and put back, is followed. A text that has not changed gives nothing. An empty
 * file, or none, is what a save looks like halfway: it is invalid here, and given only when it is still
 * so after ten times `settleMs`, so that one slow save is one change.
 *
 * Requires `--allow-read` for the folder of the file and, unless `env` is given, `--allow-env`.
 *
 * @throws The signal's reason, when it aborts.
 *
 * @example Usage
 * ```ts ignore
 * import { loadConfig, watchConfig } from "@sigil/config";
 *
 * let config = await loadConfig({ path: "sigil.yaml" });
 * for await (const change of watchConfig("sigil.yaml", { current: config })) {
 *   if (change.status === "loaded") config = change.config;
 * }
 * ```
 */
export async function* watchConfig(
  path: string,
  options: WatchOptions = {},
): AsyncGenerator<ConfigChange, void, void> {
  const { current, settleMs = 100, signal } = options;
  // Read at once: a change that comes right after the first step must not be taken for the start.
  let known = current ? stateOf(originOf(current)?.text, "not_found") : startOf(path);
  for await (const _ of settledEvents(path, settleMs, signal)) {
    const { text, code, issues } = await readSaved(path, settleMs * PATIENCE, signal);
    const state = stateOf(text, code);
    const isNew = known !== undefined && state !== known;
    known = state;
    if (isNew) {
      yield text === undefined ? { status: "invalid", issues } : check(text, path, options);
    }
  }
}

/** How much longer than others a file is waited for that may be half of a save. */
const PATIENCE = 10;

/** Reads the file, and again later when there is nothing in it yet. */
async function readSaved(
  path: string,
  patienceMs: number,
  signal: AbortSignal | undefined,
): Promise<Read> {
  const read = await tryRead(path);
  const isHalf = read.code === "not_found" || read.text?.trim() === "";
  if (!isHalf) return read;
  await delay(patienceMs, signal);
  return await tryRead(path);
}

/** Waits, and throws the signal's reason when it aborts. */
async function delay(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const stop = () => resolve();
  signal?.addEventListener("abort", stop, { once: true });
  await promise;
  clearTimeout(timer);
  signal?.removeEventListener("abort", stop);
  signal?.throwIfAborted();
}

/** What two reads have in common when nothing has changed between them. */
function stateOf(text: string | undefined, code: ConfigErrorCode | undefined): string {
  return JSON.stringify(text === undefined ? { code } : { text });
}

interface Read {
  /** Undefined when the file cannot be read. */
  readonly text?: string;
  readonly code?: ConfigErrorCode;
  readonly issues: readonly ConfigIssue[];
}

async function tryRead(path: string): Promise<Read> {
  try {
    return { text: await readConfigFile(path), issues: [] };
  } catch (error) {
    return failedRead(error);
  }
}

function startOf(path: string): string {
  try {
    return stateOf(readConfigFileSync(path), undefined);
  } catch (error) {
    return stateOf(undefined, failedRead(error).code);
  }
}

function failedRead(error: unknown): Read {
  if (!(error instanceof ConfigError)) throw error;
  return { code: error.code, issues: error.issues };
}

function check(text: string, path: string, { env, flags }: WatchOptions): ConfigChange {
  if (text.trim() === "") {
    const message = "The file is empty";
    return { status: "invalid", issues: [{ code: "empty", path: "", message, source: path }] };
  }
  const variables = env ?? Deno.env.toObject();
  const built = buildConfig({ text, path, env: variables, flags, useEnvironment: true });
  if (built.status === "invalid") return built;
  const issues = validateConfig(built.config);
  return issues.length > 0
    ? { status: "invalid", issues }
    : { status: "loaded", config: built.config };
}
