// SPDX-License-Identifier: Apache-2.0

import { buildConfig, toIssue } from "./_build.ts";
import { checkReferences } from "./_check_references.ts";
import type { Config, ConfigInput } from "./config.ts";
import { type ConfigIssue, throwInvalid } from "./errors.ts";
import { originOf } from "./_origin.ts";
import { sortIssues } from "./_problem.ts";

/**
 * Finds every issue of a config, above all values that do not fit each other.
 *
 * Beside what {@linkcode parseConfig} refuses, these are issues: a model of a provider that is neither
 * configured, nor built in, nor a plugin; a member, channel, plugin or workspace that is not there; a
 * chat or an identity that two claim; and the like.
 *
 * @param config What `loadConfig()` or `parseConfig()` gave, so that issues tell line and column; or
 *   any other object, which is checked like a file.
 * @returns The issues in the order of the file; empty when there are none.
 *
 * @example Usage
 * ```ts
 * import { parseConfig, validateConfig } from "@sigil/config";
 *
 * const config = parseConfig("models:\n  default: anthropic/claude-sonnet-4-5\n");
 * const [issue] = validateConfig(config);
 * console.assert(issue?.code === "unknown_reference" && issue.line === 2);
 * ```
 */
export function validateConfig(config: Config | ConfigInput): readonly ConfigIssue[] {
  const known = findKnown(config);
  if (known !== undefined) return known;
  const built = buildConfig({ tree: config, env: {} });
  return built.status === "valid" ? findKnown(built.config) ?? [] : built.issues;
}

/**
 * Throws unless a config is without issues.
 *
 * @throws {ConfigError} With code `invalid`, and what {@linkcode validateConfig} finds.
 *
 * @example Usage
 * ```ts
 * import { assertValidConfig, makeConfig } from "@sigil/config";
 *
 * assertValidConfig(makeConfig());
 * ```
 */
export function assertValidConfig(config: Config | ConfigInput): void {
  const issues = validateConfig(config);
  if (issues.length > 0) {
    throwInvalid(
      issues,
      issues.find(({ line }) => line !== undefined)?.source,
    );
  }
}

/** Checks the references of a config whose shape has been checked; undefined for any other object. */
function findKnown(config: object): readonly ConfigIssue[] | undefined {
  const origin = originOf(config);
  if (origin === undefined) return undefined;
  const problems = checkReferences(origin.config, origin);
  return sortIssues(problems.map((problem) => toIssue(problem, origin.locate(problem))));
}
