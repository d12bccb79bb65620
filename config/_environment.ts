// SPDX-License-Identifier: Apache-2.0

import { findNearest } from "./_nearest.ts";
import { isMapping, type Path } from "./_path.ts";
import { configSchema } from "./_schema.ts";
import { childSchema, kindOf, type Schema } from "./_schema_kind.ts";

const PREFIX = "SIGIL_";

// Kubernetes sets these in every pod beside a service that is called sigil.
const KUBERNETES = /^SIGIL_(?:SERVICE_HOST|SERVICE_PORT(?:_.*)?|PORT(?:_\d+_(?:TCP|UDP|SCTP).*)?)$/;

/** The variable that names the file. */
export const PATH_VARIABLE = "SIGIL_CONFIG";

const SHORT_NAMES: ReadonlyMap<string, Path> = new Map([["SIGIL_TOKEN", ["auth", "token"]]]);

/** A value that a variable sets. */
export interface Variable {
  readonly name: string;
  /** The path that it sets, or undefined when there is no such path. */
  readonly path: Path | undefined;
  readonly text: string;
}

/** Finds what each `SIGIL_` variable sets. Names in `tree` are preferred to new ones. */
export function readVariables(
  env: Readonly<Record<string, string>>,
  tree: unknown,
): readonly Variable[] {
  return Object.entries(env)
    .filter(([name]) => name.startsWith(PREFIX) && name !== PATH_VARIABLE && !KUBERNETES.test(name))
    .map(([name, text]) => ({ name, path: pathOf(name, tree), text }));
}

function pathOf(name: string, tree: unknown): Path | undefined {
  return SHORT_NAMES.get(name) ?? findPath(name.slice(PREFIX.length), configSchema, tree);
}

/** Finds the path that a name such as `NETWORKING_LISTEN` stands for, from a schema downwards. */
function findPath(rest: string, schema: Schema, tree: unknown): Path | undefined {
  for (const [key, after] of candidates(rest, schema, tree)) {
    const child = childSchema(schema, key);
    if (after === "") return [key];
    const found = child && findPath(after, child, isMapping(tree) ? tree[key] : undefined);
    if (found !== undefined) return [key, ...found];
  }
}

/** Gives the keys that a name may begin with, each with what remains of the name. */
function* candidates(rest: string, schema: Schema, tree: unknown): Generator<[string, string]> {
  const kind = kindOf(schema);
  if (kind.type === "object") yield* matches(rest, Object.keys(kind.shape));
  if (kind.type !== "map") return;
  if (isMapping(tree)) yield* matches(rest, Object.keys(tree));
  const { type } = kindOf(kind.value);
  if (type === "any" || type === "text" || type === "secret") {
    yield [rest.toLowerCase(), ""];
    return;
  }
  for (let end = rest.indexOf("_", 1); end > 0; end = rest.indexOf("_", end + 1)) {
    yield [rest.slice(0, end).toLowerCase(), rest.slice(end + 1)];
  }
}

function* matches(rest: string, keys: readonly string[]): Generator<[string, string]> {
  for (const key of keys) {
    const word = wordOf(key);
    if (rest === word) yield [key, ""];
    if (rest.startsWith(`${word}_`)) yield [key, rest.slice(word.length + 1)];
  }
}

/** Writes a key as it stands in the name of a variable. */
function wordOf(key: string): string {
  return key.toUpperCase().replace(/[^A-Z0-9]/g, "_");
}

/** Finds the variable that a misspelt name may have meant. */
export function findNearestVariable(name: string, tree: unknown): string | undefined {
  const known = [PATH_VARIABLE, ...SHORT_NAMES.keys(), ...variablesOf(configSchema, tree, "SIGIL")];
  return findNearest(name, known);
}

function* variablesOf(schema: Schema, tree: unknown, prefix: string): Generator<string> {
  const kind = kindOf(schema);
  if (kind.type !== "object" && kind.type !== "map") {
    yield prefix;
    return;
  }
  const keys = kind.type === "object"
    ? Object.keys(kind.shape)
    : isMapping(tree)
    ? Object.keys(tree)
    : [];
  for (const key of keys) {
    const child = childSchema(schema, key);
    const below = isMapping(tree) ? tree[key] : undefined;
    if (child) yield* variablesOf(child, below, `${prefix}_${wordOf(key)}`);
  }
}
