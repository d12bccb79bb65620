// SPDX-License-Identifier: Apache-2.0

import { checkReferences } from "./_check_references.ts";
import { checkShape, type Shape } from "./_check_shape.ts";
import type { Config } from "./config.ts";
import { findNearestVariable, readVariables } from "./_environment.ts";
import type { ConfigIssue } from "./errors.ts";
import { markFilled, rememberOrigin } from "./_origin.ts";
import { formatPath, isMapping, parsePath, type Path, valueAt, withValueAt } from "./_path.ts";
import { type Prepared, prepareTree } from "./_prepare.ts";
import { type Place, type Problem, sortIssues } from "./_problem.ts";
import { configSchema, PROVIDER_TYPES } from "./_schema.ts";
import { coerceText, schemaAt } from "./_schema_kind.ts";
import { findVendorKeys } from "./_vendor_keys.ts";
import { readYamlTree, type YamlTree } from "./_yaml_tree.ts";

const MAX_SHOWN_LENGTH = 300;

/** What a config is made of. */
export interface Sources {
  /** The text of the file. */
  readonly text?: string | undefined;
  /** The path of the file. */
  readonly path?: string | undefined;
  /** A tree in the place of a file. */
  readonly tree?: unknown;
  /** Variables for `${NAME}`. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether `SIGIL_` variables and vendors' keys count as well. */
  readonly useEnvironment?: boolean | undefined;
  /** Values by path. */
  readonly flags?: Readonly<Record<string, unknown>> | undefined;
}

/** A config, or everything that keeps it from being one. */
export type Built =
  | { readonly status: "valid"; readonly config: Config }
  | { readonly status: "invalid"; readonly issues: readonly ConfigIssue[] };

/** Makes a config of all its sources. References between values are left to the caller to check. */
export function buildConfig(sources: Sources): Built {
  return new Builder(sources).build();
}

class Builder {
  readonly #sources: Sources;
  readonly #yaml: YamlTree | undefined;
  readonly #overrides = new Map<string, string>();
  readonly #issues: ConfigIssue[] = [];
  #tree: unknown;

  constructor(sources: Sources) {
    this.#sources = sources;
    this.#yaml = sources.text === undefined ? undefined : readYamlTree(sources.text);
    this.#tree = (this.#yaml ? this.#yaml.value : sources.tree) ?? {};
  }

  build(): Built {
    for (const problem of this.#yaml?.problems ?? []) {
      this.#issues.push(toIssue(problem, { ...this.#fileSource(), ...problem.position }));
    }
    if (this.#issues.length > 0) return this.#fail([]);
    if (this.#sources.useEnvironment) this.#applyVariables();
    this.#applyFlags();
    if (this.#sources.useEnvironment) this.#applyVendorKeys();
    this.#fillTypes();
    const prepared = this.#prepare();
    const shape = checkShape(prepared.value);
    const problems = withoutEchoes(prepared.problems, shape);
    if (shape.status === "valid" && problems.length + this.#issues.length === 0) {
      return { status: "valid", config: this.#finish(shape.config, prepared) };
    }
    return this.#fail([...problems, ...referencesDespite(problems, prepared)]);
  }

  #prepare(): Prepared {
    return prepareTree(this.#tree, configSchema, {
      getVariable: (name) =>
        Object.hasOwn(this.#sources.env, name) ? this.#sources.env[name] : undefined,
      isFromFile: (path) => this.#yaml !== undefined && this.#overrideOf(path) === undefined,
    });
  }

  #applyVariables(): void {
    const fileTree = this.#tree;
    for (const { name, path, text } of readVariables(this.#sources.env, fileTree)) {
      const schema = path && schemaAt(configSchema, path);
      if (path && schema) this.#override(path, coerceText(text, schema), name);
      else this.#reportVariable(name, fileTree);
    }
  }

  #reportVariable(name: string, fileTree: unknown): void {
    const nearest = findNearestVariable(name, fileTree);
    const advice = nearest === undefined ? "" : `; did you mean ${nearest}?`;
    const message = `Unknown variable ${name}${advice}`;
    this.#issues.push({ code: "unknown_variable", path: "", message, source: name });
  }

  #applyFlags(): void {
    for (const [flag, value] of Object.entries(this.#sources.flags ?? {})) {
      if (value === undefined) continue;
      const path = parsePath(flag);
      const schema = schemaAt(configSchema, path);
      const coerced = typeof value === "string" && schema ? coerceText(value, schema) : value;
      this.#override(path, coerced, `--${flag}`);
    }
  }

  #applyVendorKeys(): void {
    for (const { path, name, text } of findVendorKeys(this.#sources.env, this.#tree)) {
      this.#override(path, text, name);
    }
  }

  #override(path: Path, value: unknown, source: string): void {
    this.#tree = withValueAt(this.#tree, path, value);
    this.#overrides.set(formatPath(path), source);
  }

  /** A provider that is named after a type needs none. */
  #fillTypes(): void {
    for (const type of PROVIDER_TYPES) {
      const provider = valueAt(this.#tree, ["providers", type]);
      if (provider === undefined || !isMapping(provider ?? {})) continue;
      if ((valueAt(provider, ["type"]) ?? null) !== null) continue;
      this.#tree = withValueAt(this.#tree, ["providers", type, "type"], type);
    }
  }

  #finish(config: Config, { value, filled }: Prepared): Config {
    for (const path of filled) markFilled(config, parsePath(path));
    freezeDeep(config);
    const locate = (problem: Pick<Problem, "path" | "part">) => this.#locate(problem);
    rememberOrigin({ config, locate, filled, tree: value, text: this.#sources.text });
    return config;
  }

  #fail(problems: readonly Problem[]): Built {
    const issues = problems.map((problem) => toIssue(problem, this.#locate(problem)));
    return { status: "invalid", issues: sortIssues([...this.#issues, ...issues]) };
  }

  /** Finds where a value came from, or else the nearest thing around it. */
  #locate({ path, part }: Pick<Problem, "path" | "part">): Place {
    for (let length = path.length; length >= 0; length--) {
      const around = path.slice(0, length);
      const place = formatPath(around);
      const source = this.#overrides.get(place);
      if (source !== undefined) return { source };
      // Of a thing that lacks something, the key says more than where its first value begins.
      const position = this.#yaml?.find(around, length < path.length ? "key" : part);
      if (position !== undefined) return { ...this.#fileSource(), ...position };
      const below = length > 0 && this.#overrides.entries().find(([key]) => isBelow(key, place));
      if (below) return { source: below[1] };
    }
    return this.#fileSource();
  }

  #overrideOf(path: Path): string | undefined {
    for (let length = path.length; length > 0; length--) {
      const source = this.#overrides.get(formatPath(path.slice(0, length)));
      if (source !== undefined) return source;
    }
  }

  #fileSource(): Place {
    const { path } = this.#sources;
    return path === undefined ? {} : { source: path };
  }
}

/** Whether a path is that of something in the thing at another path. */
export function isBelow(path: string, place: string): boolean {
  return place === "" || path.startsWith(`${place}.`) || path.startsWith(`${place}[`);
}

/** Puts a place to a problem. */
export function toIssue({ code, path, message }: Problem, place: Place): ConfigIssue {
  return { code, path: excerpt(formatPath(path)), message: excerpt(message), ...place };
}

/** Shortens a text that a file may have made as long as it likes. */
function excerpt(text: string): string {
  return text.length <= MAX_SHOWN_LENGTH ? text : `${text.slice(0, MAX_SHOWN_LENGTH)}…`;
}

/** Leaves out what the schema says of values that are missing because they were bad texts. */
function withoutEchoes(problems: readonly Problem[], shape: Shape): readonly Problem[] {
  if (shape.status === "valid") return problems;
  const reported = new Set(problems.map(({ path }) => formatPath(path)));
  return [...problems, ...shape.problems.filter(({ path }) => !reported.has(formatPath(path)))];
}

/** Checks references of a tree that has problems, as if what has them were not there. */
function referencesDespite(problems: readonly Problem[], prepared: Prepared): readonly Problem[] {
  const pruned = pruneTree(prepared.value, problems);
  const shape = checkShape(pruned);
  if (shape.status === "invalid") return [];
  const reported = new Set(problems.map(({ path }) => formatPath(path)));
  return checkReferences(shape.config, { tree: prepared.value, filled: prepared.filled })
    .filter(({ path }) => !reported.has(formatPath(path)));
}

/** Takes out every value that has a problem, and what cannot be without it. */
function pruneTree(tree: unknown, problems: readonly Problem[]): unknown {
  let pruned = tree;
  let left = problems;
  while (left.length > 0) {
    const paths = left.map(({ path }) => nearestPresent(pruned, path));
    for (const path of paths) pruned = withValueAt(pruned, path, undefined) ?? {};
    const shape = checkShape(pruned);
    left = shape.status === "valid" ? [] : shape.problems;
  }
  return pruned;
}

/** A list goes as a whole: without one of its items the indexes of the others would be wrong. */
function nearestPresent(tree: unknown, path: Path): Path {
  const isAbsent = (_: unknown, i: number) => valueAt(tree, path.slice(0, i + 1)) === undefined;
  const end = path.findIndex((key, i) => typeof key === "number" || isAbsent(key, i));
  return end === -1 ? path : path.slice(0, end);
}

function freezeDeep(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(freezeDeep);
}
