// SPDX-License-Identifier: Apache-2.0

import { basename, dirname } from "node:path";
import { ConfigError } from "./errors.ts";

// A mounted volume is updated by turning this link, which leaves the file's own link as it was.
const VOLUME_LINK = "..data";

/**
 * Steps once at the start, and then each time that a file was touched; always when it has been left
 * alone for a while.
 *
 * It looks at the folder, as a file that is replaced takes its watcher with it.
 *
 * @throws The signal's reason, when it aborts.
 */
export async function* settledEvents(
  path: string,
  settleMs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<void, void, void> {
  signal?.throwIfAborted();
  const paths = [path, ...realPathOf(path)];
  const watcher = openWatcher(path, new Set(paths.map((each) => dirname(each))));
  const stop = () => watcher.close();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const changes = changesOf(
      watcher,
      new Set([...paths.map((each) => basename(each)), VOLUME_LINK]),
    );
    let change = changes.next();
    do {
      while (await comesWithin(settleMs, change)) change = changes.next();
      signal?.throwIfAborted();
      yield;
    } while (!(await change).done);
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener("abort", stop);
    stop();
  }
}

function openWatcher(path: string, folders: ReadonlySet<string>): Deno.FsWatcher {
  try {
    return Deno.watchFs([...folders], { recursive: false });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new ConfigError("not_found", `Cannot watch config "${path}"`, {
      issues: [{ code: "not_found", path: "", message: "There is no such folder", source: path }],
      cause,
    });
  }
}

function realPathOf(path: string): readonly string[] {
  try {
    return [Deno.realPathSync(path)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function* changesOf(
  watcher: Deno.FsWatcher,
  names: ReadonlySet<string>,
): AsyncGenerator<void, void, void> {
  for await (const { kind, paths } of watcher) {
    // Reading the file is an event as well.
    if (kind !== "access" && paths.some((path) => names.has(basename(path)))) yield;
  }
}

/** Whether another change comes in time. */
async function comesWithin(
  milliseconds: number,
  change: Promise<IteratorResult<void, void>>,
): Promise<boolean> {
  const { promise: timeout, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, milliseconds, false);
  try {
    return await Promise.race([timeout, change.then(({ done }) => !done)]);
  } finally {
    clearTimeout(timer);
  }
}
