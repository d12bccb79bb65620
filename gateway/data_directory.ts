// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { z } from "zod";
import { GatewayError } from "./errors.ts";

/** How a data directory is held: by the one gateway that serves it, or by commands that look into it. */
export type HoldMode = "gateway" | "command";

/** A gateway that is running. */
export interface RunningGateway {
  /** Where it is reached. */
  readonly url: string;
  /** Its process. */
  readonly pid: number;
}

/** A data directory that is held. */
export interface HeldDirectory extends Disposable {
  /** The directory. */
  readonly path: string;
  /** Lets others find the gateway. */
  announce(gateway: RunningGateway): Promise<void>;
  /** Lets it go. Calling it again does nothing. */
  release(): void;
}

/** How long others may take to let the directory go, or to begin to listen. */
const PATIENCE_MS = 500;
const PAUSE_MS = 20;

const runFile = z.object({ url: z.url(), pid: z.int() });

/**
 * Makes a data directory, open to its owner only, and holds it until it is released or the process dies.
 *
 * One gateway, or any number of commands, may hold it.
 *
 * Requires `--allow-read` and `--allow-write` for the directory.
 *
 * @throws {GatewayError} With code `already_running` or `data_directory`.
 */
export async function holdDataDirectory(path: string, mode: HoldMode): Promise<HeldDirectory> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
    const lock = await Deno.open(join(path, "lock"), { create: true, write: true, mode: 0o600 });
    // Somebody may only be looking whether a gateway runs, which takes no time.
    const isHeld = await within(
      PATIENCE_MS,
      async () => await lock.tryLock(mode === "gateway") || undefined,
    );
    if (isHeld) {
      if (mode === "gateway") removeRunFile(path); // what a gateway that was killed has left
      return hold(path, lock);
    }
    lock.close();
  } catch (error) {
    throw cannotUse(path, error);
  }
  throw await alreadyRunning(path, mode);
}

/**
 * Finds the gateway that holds a data directory.
 *
 * Requires `--allow-read` and `--allow-write` for the directory.
 *
 * @returns Undefined when none does.
 * @throws {GatewayError} With code `data_directory` when it cannot be told.
 */
export async function findRunning(path: string): Promise<RunningGateway | undefined> {
  try {
    using lock = await Deno.open(join(path, "lock"), { write: true });
    if (await lock.tryLock(false)) return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw cannotUse(path, error);
  }
  return await within(PATIENCE_MS, () => readRunFile(path)); // it may be about to listen
}

/** Tries something again and again until it gives something, or time is up. */
async function within<T>(
  limitMs: number,
  attempt: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const end = performance.now() + limitMs;
  while (true) {
    const found = await attempt();
    if (found !== undefined || performance.now() >= end) return found;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

function hold(path: string, lock: Deno.FsFile): HeldDirectory {
  let isAnnounced = false;
  let isReleased = false;
  const release = () => {
    if (isReleased) return;
    isReleased = true;
    if (isAnnounced) removeRunFile(path);
    lock.close();
  };
  return {
    path,
    release,
    [Symbol.dispose]: release,
    async announce(gateway) {
      isAnnounced = true;
      const { url, pid } = gateway;
      const unfinished = join(path, "gateway.json.new");
      await Deno.writeTextFile(unfinished, JSON.stringify({ url, pid }), { mode: 0o600 });
      await Deno.rename(unfinished, join(path, "gateway.json"));
    },
  };
}

async function readRunFile(path: string): Promise<RunningGateway | undefined> {
  try {
    return runFile.parse(JSON.parse(await Deno.readTextFile(join(path, "gateway.json"))));
  } catch {
    return undefined; // it has not begun to listen, or holds the directory without listening
  }
}

function removeRunFile(path: string): void {
  try {
    Deno.removeSync(join(path, "gateway.json"));
  } catch {
    // The lock alone tells whether a gateway runs.
  }
}

async function alreadyRunning(path: string, mode: HoldMode): Promise<GatewayError> {
  const running = await readRunFile(path);
  const holder = running === undefined
    ? "another sigil command holds it"
    : `the gateway of process ${running.pid} holds it`;
  const verb = mode === "gateway" ? "serve" : "open";
  return new GatewayError("already_running", `Cannot ${verb} "${path}": ${holder}`, {
    nextStep: running === undefined
      ? "Let that command end, and try again"
      : `Use the one at ${running.url}, stop it, or choose another directory with --data`,
  });
}

function cannotUse(path: string, cause: unknown): GatewayError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new GatewayError("data_directory", `Cannot use the data directory "${path}": ${why}`, {
    nextStep: "Choose a folder that you may write to with --data, or with storage.directory",
    cause,
  });
}
