// SPDX-License-Identifier: Apache-2.0

import { PluginError } from "./errors.ts";

/** A capability or a pattern of capabilities, taken apart. */
export interface ParsedCapability {
  /** What is done, part by part: `["sessions", "read", "self"]`. */
  readonly segments: readonly string[];
  /** To what it is done, such as the path `/data/notes` or the word `telegram`; none when absent. */
  readonly scope: string | undefined;
}

const MAX_LENGTH = 512;
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/;
const SCOPE_WORD = /^[A-Za-z0-9_.@:+=\/\[\]-]+$/;

/**
 * Takes a capability, or a pattern of capabilities, apart.
 *
 * It is `action` or `action:scope`, at most 512 characters long.
 *
 * - The action is a list of segments with dots between them, each of letters, digits, `_` and `-`;
 *   in a pattern a whole segment may be `*`.
 * - The scope is an absolute path, without empty, `.` and `..` segments, where a whole segment may be
 *   `*` or `**` in a pattern; or a word of letters, digits and `_ . @ : + = / [ ] -`, or `*` alone in
 *   a pattern.
 *
 * {@linkcode matchCapability} tells what the stars mean.
 *
 * @throws {PluginError} With code `invalid_capability`.
 *
 * @example Usage
 * ```ts
 * import { parseCapability } from "@sigil/plugin";
 *
 * parseCapability("filesystem.read:/data/**"); // { segments: ["filesystem", "read"], scope: "/data/**" }
 * ```
 */
export function parseCapability(text: string): ParsedCapability {
  const problem = capabilityProblem(text);
  if (problem !== undefined) {
    throw new PluginError(
      "invalid_capability",
      `Cannot read the capability ${JSON.stringify(text.slice(0, 80))}: ${problem}`,
    );
  }
  const { action, scope } = splitCapability(text);
  return { segments: action.split("."), scope };
}

/**
 * Tells whether a pattern covers a capability.
 *
 * - A segment covers the same segment. Case matters.
 * - `*` before the end covers exactly one segment.
 * - `*` at the end covers one segment or more: `tool.*` covers `tool.echo` and `tool.web.fetch`, and
 *   not `tool`. `*` alone covers every capability.
 * - A pattern without a scope covers the capability with any scope and with none. A pattern with a
 *   scope covers only capabilities with a scope.
 * - The scope `*` covers every scope. In a path, `*` covers exactly one segment, and `**` covers any
 *   number of them, none included: `/data/**` covers `/data` and `/data/notes/today`.
 *
 * @param pattern What is allowed or denied.
 * @param capability What is to be done: without stars.
 * @throws {PluginError} With code `invalid_capability` when either is malformed, or `capability` has a star.
 *
 * @example Usage
 * ```ts
 * import { matchCapability } from "@sigil/plugin";
 *
 * matchCapability("messages.send.*", "messages.send.telegram"); // true
 * matchCapability("filesystem.read:/data/**", "filesystem.read:/etc/passwd"); // false
 * ```
 */
export function matchCapability(pattern: string, capability: string): boolean {
  const { segments, scope } = parseCapability(pattern);
  const wanted = parseCapability(capability);
  if (capability.includes("*")) {
    throw new PluginError(
      "invalid_capability",
      `Cannot match the capability ${JSON.stringify(capability)}: only a pattern may have a star`,
    );
  }
  return matchAction(segments, wanted.segments) && matchScope(scope, wanted.scope);
}

/** Tells what is wrong with a capability or pattern; nothing when it is right. */
export function capabilityProblem(text: string): string | undefined {
  if (text === "") return "it is empty";
  if (text.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`;
  const { action, scope } = splitCapability(text);
  const wrong = action.split(".").find((segment) => segment !== "*" && !SEGMENT.test(segment));
  if (wrong === "") return "a segment is empty";
  if (wrong !== undefined) return `${JSON.stringify(wrong)} is neither a word nor a star`;
  return scope === undefined ? undefined : scopeProblem(scope);
}

function splitCapability(text: string): { action: string; scope: string | undefined } {
  const colon = text.indexOf(":");
  if (colon === -1) return { action: text, scope: undefined };
  return { action: text.slice(0, colon), scope: text.slice(colon + 1) };
}

function scopeProblem(scope: string): string | undefined {
  if (scope === "") return "nothing follows the colon";
  if (scope.startsWith("/")) return pathScopeProblem(scope);
  if (scope === "*" || SCOPE_WORD.test(scope)) return undefined;
  return `${JSON.stringify(scope)} is neither an absolute path, nor a word, nor a star`;
}

function pathScopeProblem(path: string): string | undefined {
  if (path === "/") return undefined;
  for (const segment of path.slice(1).split("/")) {
    if (segment === "") return "its path has an empty segment";
    if (segment === "." || segment === "..") return `its path has the segment "${segment}"`;
    if (/\p{Cc}/u.test(segment)) return "its path has a control character";
    if (segment.includes("*") && segment !== "*" && segment !== "**") {
      return `in its path, ${JSON.stringify(segment)} has a star that is not alone`;
    }
  }
  return undefined;
}

function matchAction(pattern: readonly string[], action: readonly string[]): boolean {
  const endsInStar = pattern.at(-1) === "*";
  if (endsInStar ? action.length < pattern.length : action.length !== pattern.length) return false;
  return pattern.every((segment, index) => segment === "*" || segment === action[index]);
}

function matchScope(pattern: string | undefined, scope: string | undefined): boolean {
  if (pattern === undefined) return true;
  if (scope === undefined) return false;
  if (pattern === "*" || pattern === scope) return true;
  if (!pattern.startsWith("/") || !scope.startsWith("/")) return false;
  return matchPath(pathSegments(pattern), pathSegments(scope));
}

function pathSegments(path: string): string[] {
  return path === "/" ? [] : path.slice(1).split("/");
}

/** Walks both once, going back only to the last `**`: the time never explodes. */
function matchPath(pattern: readonly string[], path: readonly string[]): boolean {
  let at = 0;
  let retry: { pattern: number; path: number } | undefined;
  for (let index = 0; index < path.length;) {
    if (pattern[at] === "**") {
      retry = { pattern: ++at, path: index };
    } else if (at < pattern.length && (pattern[at] === "*" || pattern[at] === path[index])) {
      at++;
      index++;
    } else if (retry !== undefined) {
      at = retry.pattern;
      index = ++retry.path;
    } else {
      return false;
    }
  }
  return pattern.slice(at).every((segment) => segment === "**");
}
