// SPDX-License-Identifier: Apache-2.0

import type { Config } from "./config.ts";
import { isMapping, type Path, valueAt } from "./_path.ts";
import type { Locate } from "./_problem.ts";

/** What is remembered of how a config came to be. */
export interface Origin {
  /** The config itself. */
  readonly config: Config;
  /** Finds where a value came from. */
  readonly locate: Locate;
  /** Paths of values that hold a variable and are no secrets by the schema. */
  readonly filled: ReadonlySet<string>;
  /** The tree that it was made of. */
  readonly tree: unknown;
  /** The text of the file, if there was one. */
  readonly text: string | undefined;
}

const origins = new WeakMap<object, Origin>();
const filledKeys = new WeakMap<object, Set<string>>();

/** Remembers how a config came to be. */
export function rememberOrigin(origin: Origin): void {
  origins.set(origin.config, origin);
}

/** Tells how a config came to be; undefined for one that this module did not make. */
export function originOf(config: object): Origin | undefined {
  return origins.get(config);
}

/**
 * Marks a value as one that holds a variable.
 *
 * The mark is on what holds the value, so that it stays when the config around it is copied.
 */
export function markFilled(config: Config, path: Path): void {
  const holder = valueAt(config, path.slice(0, -1));
  if (!isMapping(holder) && !Array.isArray(holder)) return;
  const keys = filledKeys.get(holder) ?? new Set();
  filledKeys.set(holder, keys.add(String(path.at(-1))));
}

/** Whether the value of a key holds a variable. */
export function isFilled(holder: object, key: string): boolean {
  return filledKeys.get(holder)?.has(key) ?? false;
}
