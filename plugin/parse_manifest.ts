// SPDX-License-Identifier: Apache-2.0

import type { z } from "zod";
import { type ManifestIssue, type ManifestIssueCode, PluginError } from "./errors.ts";
import type { Manifest } from "./manifest.ts";
import { manifestJsonSchema } from "./manifest_json_schema.ts";
import { MANIFEST_SCHEMA, toManifest } from "./_manifest_schema.ts";
import { nearestName } from "./_nearest_name.ts";
import { YamlDocument, type YamlPath, type YamlProblem } from "./_yaml_document.ts";

/** Options of {@linkcode parseManifest}. */
export interface ParseManifestOptions {
  /**
   * What the text is called in errors.
   *
   * @default {"plugin.yaml"}
   */
  readonly path?: string | undefined;
}

type ZodIssue = z.core.$ZodIssue;

/** A zod issue about one thing, with its place from the root. */
interface Finding {
  readonly code: ManifestIssueCode;
  readonly path: YamlPath;
  readonly message: string;
}

/** The longest text that is read, in UTF-16 code units. */
const MAX_LENGTH = 256 * 1024;

/**
 * Reads the text of a `plugin.yaml` and checks every field.
 *
 * A capability may be a text or have a `pattern` and a `description`. Without `capabilities` there
 * are none; without `execution` the tier is `process`. The text holds at most 256 Ki characters.
 *
 * @throws {PluginError} With code `invalid_manifest`; its `issues` are every rule that is broken, in
 * the order of the text.
 *
 * @example Usage
 * ```ts
 * import { parseManifest } from "@sigil/plugin";
 *
 * const manifest = parseManifest(`
 * name: weather
 * version: 1.0.0
 * type: tool
 * engine: ">=0.1.0"
 * capabilities:
 *   - tool.weather
 * execution:
 *   tier: process
 *   sandbox:
 *     network: { allow: ["api.open-meteo.com:443"] }
 * `);
 * manifest.capabilities; // [{ pattern: "tool.weather" }]
 * ```
 */
export function parseManifest(text: string, options: ParseManifestOptions = {}): Manifest {
  const { path = "plugin.yaml" } = options;
  if (text.length > MAX_LENGTH) {
    throw invalid(path, [syntaxIssue({ message: "Longer than 256 KiB", line: 1, column: 1 })]);
  }
  const document = readDocument(text, path);
  const data = readData(document, path);
  const result = MANIFEST_SCHEMA.safeParse(data, { error: explain, reportInput: true });
  if (result.success) return toManifest(result.data);
  const issues = result.error.issues.flatMap((issue) => findings(issue, []))
    .map((finding) => locate(finding, document));
  throw invalid(path, issues.sort((a, b) => a.line - b.line || a.column - b.column));
}

function readDocument(text: string, path: string): YamlDocument {
  const document = new YamlDocument(text);
  const problems = document.problems();
  if (problems.length > 0) throw invalid(path, problems.map(syntaxIssue));
  return document;
}

function readData(document: YamlDocument, path: string): unknown {
  try {
    return document.toData();
  } catch (cause) {
    const message = "Not data: an alias refers to its own parent, or there are too many of them";
    throw invalid(path, [syntaxIssue({ message, line: 1, column: 1 })], cause);
  }
}

function syntaxIssue(problem: YamlProblem): ManifestIssue {
  return { code: "syntax", path: "", ...problem };
}

function invalid(path: string, issues: readonly ManifestIssue[], cause?: unknown): PluginError {
  const lines = issues.map(({ line, column, path: field, message }) =>
    `${path}:${line}:${column} ${field === "" ? "" : `${field}: `}${message}`
  );
  const count = issues.length === 1 ? "1 issue" : `${issues.length} issues`;
  const message = `Cannot use the plugin manifest "${path}": ${count}\n${lines.join("\n")}`;
  return new PluginError("invalid_manifest", message, { issues, cause });
}

/** Splits an issue of zod into what a person would call one mistake each. */
function findings(issue: ZodIssue, parent: YamlPath): Finding[] {
  const path = [...parent, ...issue.path];
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(path, key));
  if (issue.code === "invalid_union") {
    return nearestBranch(issue.errors).flatMap((inner) => findings(inner, path));
  }
  return [{ code: codeOf(issue), path, message: issue.message }];
}

/** The branch that was meant: the one that does not refuse the whole value. */
function nearestBranch(branches: readonly (readonly ZodIssue[])[]): readonly ZodIssue[] {
  const isMeant = (issues: readonly ZodIssue[]) =>
    !issues.some((issue) => issue.code === "invalid_type" && issue.path.length === 0);
  return branches.find(isMeant) ?? branches[0] ?? [];
}

function codeOf(issue: ZodIssue): ManifestIssueCode {
  if (issue.code === "custom") return issue.params?.missing === true ? "missing" : "invalid_value";
  if (issue.code !== "invalid_type" && issue.code !== "invalid_value") return "invalid_value";
  return issue.input === undefined ? "missing" : issue.code;
}

function unknownKey(parent: YamlPath, key: string): Finding {
  const nearest = nearestName(key, knownKeys(manifestJsonSchema(), parent));
  const hint = nearest === undefined ? "" : `: did you mean "${nearest}"?`;
  const message = `Unknown key ${JSON.stringify(key.slice(0, 80))}${hint}`;
  return { code: "unknown_key", path: [...parent, key], message };
}

/** The keys that a JSON Schema has at a path. */
function knownKeys(schema: unknown, path: YamlPath): string[] {
  if (!isRecord(schema)) return [];
  const [head, ...rest] = path;
  if (Array.isArray(schema.anyOf)) return schema.anyOf.flatMap((one) => knownKeys(one, path));
  if (typeof head === "number") return knownKeys(schema.items, rest);
  if (!isRecord(schema.properties)) return [];
  return head === undefined
    ? Object.keys(schema.properties)
    : knownKeys(schema.properties[String(head)], rest);
}

/** Says in our words what zod found. */
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? "Missing"
        : expected(kindWord(issue.expected), issue.input);
    case "invalid_value":
      if (issue.input === undefined) return "Missing";
      return expected(
        `one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`,
        issue.input,
      );
    case "too_small":
      return issue.origin === "string"
        ? "Expected some text"
        : `Expected at least ${issue.minimum}`;
    default:
      return undefined;
  }
}

function expected(what: string, input: unknown): string {
  const isTextWanted = what === "a text" &&
    (typeof input === "number" || typeof input === "boolean");
  const hint = isTextWanted ? ": put it in quotes" : "";
  return `Expected ${what}, got ${describe(input)}${hint}`;
}

function kindWord(kind: string): string {
  return KIND_WORDS[kind] ?? kind;
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
};

function describe(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return JSON.stringify(typeof value === "string" ? value.slice(0, 40) : value);
}

function locate({ code, path, message }: Finding, document: YamlDocument): ManifestIssue {
  const position = code === "unknown_key"
    ? document.positionOfKey(path)
    : document.positionOf(path);
  return { code, path: pathText(path), message, ...position };
}

/** Writes a path as `a.b[0]`. */
function pathText(path: YamlPath): string {
  return path.map((part, index) => {
    if (typeof part === "number") return `[${part}]`;
    return index === 0 ? String(part) : `.${String(part)}`;
  }).join("");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
