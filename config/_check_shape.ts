// SPDX-License-Identifier: Apache-2.0

import type { z } from "zod";
import type { Config } from "./config.ts";
import type { ConfigIssueCode } from "./errors.ts";
import { hint } from "./_nearest.ts";
import { formatPath, isMapping, type Path, valueAt } from "./_path.ts";
import type { Problem } from "./_problem.ts";
import { configSchema } from "./_schema.ts";
import { kindOf, schemaAt } from "./_schema_kind.ts";
import { Secret } from "./secret.ts";

type ZodIssue = z.core.$ZodIssue;

/** The config that a prepared tree makes, or everything that keeps it from being one. */
export type Shape =
  | { readonly status: "valid"; readonly config: Config }
  | { readonly status: "invalid"; readonly problems: readonly Problem[] };

/** Checks a prepared tree against the schema and fills in defaults. */
export function checkShape(tree: unknown): Shape {
  const result = configSchema.safeParse(tree);
  if (result.success) return { status: "valid", config: result.data };
  const problems = result.error.issues.flatMap((issue) => readIssue(issue, tree));
  return { status: "invalid", problems: firstOfEach(problems) };
}

/** One problem is enough for a value: what is no whole number need not be too big as well. */
function firstOfEach(problems: readonly Problem[]): readonly Problem[] {
  const first = new Map(problems.toReversed().map((each) => [formatPath(each.path), each]));
  return [...first.values()].toReversed();
}

function readIssue(issue: ZodIssue, tree: unknown): readonly Problem[] {
  const path = issue.path.filter((key) => typeof key !== "symbol");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey([...path, key]));
  }
  if (issue.code === "invalid_key") {
    const [cause] = issue.issues;
    return [{ code: "invalid_value", path, message: cause?.message ?? issue.message, part: "key" }];
  }
  const value = valueAt(tree, path);
  if (value === undefined) {
    const message = expect(issue).replace(/^Expected/, "Missing: expected");
    return [{ code: "missing", path, message }];
  }
  return [{ code: codeOf(issue, value), path, message: messageOf(issue, value) }];
}

function unknownKey(path: Path): Problem {
  const key = String(path.at(-1));
  const message = key === "<<"
    ? "Merge keys are not part of YAML 1.2; an alias as the whole value works"
    : `Unknown key "${key}"${hint(key, keysAt(path.slice(0, -1)))}`;
  return { code: "unknown_key", path, message, part: "key" };
}

function keysAt(path: Path): readonly string[] {
  const schema = schemaAt(configSchema, path);
  const kind = schema && kindOf(schema);
  return kind?.type === "object" ? Object.keys(kind.shape) : [];
}

function codeOf(issue: ZodIssue, value: unknown): ConfigIssueCode {
  if (issue.code === "custom") {
    if (!(value instanceof Secret) && issue.params?.code === "invalid_type") return "invalid_type";
    return issue.params?.code === "invalid_secret" ? "invalid_secret" : "invalid_value";
  }
  return issue.code === "invalid_type" ? "invalid_type" : "invalid_value";
}

function messageOf(issue: ZodIssue, value: unknown): string {
  switch (issue.code) {
    case "invalid_type":
      return `${expect(issue)}, not ${describe(value)}${quoteAdvice(issue.expected, value)}`;
    case "invalid_value":
      return `${expect(issue)}${
        typeof value === "string" ? hint(value, issue.values.map(String)) : ""
      }`;
    case "too_small":
    case "too_big":
      return expect(issue);
    default:
      return issue.message;
  }
}

const EXPECTED: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  object: "a mapping",
  record: "a mapping",
  string: "text",
};

/** Says what should be there. Values themselves are never shown: there may be a secret in them. */
function expect(issue: ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `Expected ${EXPECTED[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `Expected one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return `Expected ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}${
        unit(issue)
      }`;
    case "too_big":
      return `Expected ${issue.inclusive ? "at most" : "less than"} ${issue.maximum}${unit(issue)}`;
    default:
      return issue.message;
  }
}

function unit({ origin }: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  return origin === "string" ? " characters" : "";
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isMapping(value)) return "a mapping";
  if (typeof value === "string" || value instanceof Secret) return "text";
  if (typeof value === "number") return Number.isInteger(value) ? "a whole number" : "a number";
  return typeof value === "boolean" ? "true or false" : `a ${typeof value}`;
}

function quoteAdvice(expected: string, value: unknown): string {
  const isScalar = typeof value === "number" || typeof value === "boolean";
  return expected === "string" && isScalar ? "; put quotes around it" : "";
}
