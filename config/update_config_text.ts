// SPDX-License-Identifier: Apache-2.0

import { type Document, isCollection, isScalar, parseDocument, Scalar, stringify } from "yaml";
import { buildConfig, isBelow } from "./_build.ts";
import { throwInvalid } from "./errors.ts";
import { formatPath, parsePath, type Path, valueAt } from "./_path.ts";
import { readYamlTree } from "./_yaml_tree.ts";

const BYTE_ORDER_MARK = "\uFEFF";

/** A value that can be written into a config. */
export type WritableValue =
  | string
  | number
  | boolean
  | null
  | readonly WritableValue[]
  | { readonly [key: string]: WritableValue };

/** Options of {@linkcode updateConfigText}. */
export interface UpdateOptions {
  /** The path of the file, for messages. */
  readonly path?: string | undefined;
}

/**
 * Sets one value in the text of a `sigil.yaml`, or removes its key, and leaves the rest as it is.
 *
 * Comments stay, and so does each `${NAME}`: no variable is looked up. A scalar that is there already
 * is replaced in place; for anything else the layout may be straightened.
 *
 * @param key The dotted path, such as `plugins.search.enabled`.
 * @param value What to set; undefined removes the key.
 * @returns The new text. Writing it is for the caller.
 * @throws {ConfigError} With code `invalid` when the text is not YAML, or the value does not belong
 *   there, such as a redaction mark.
 * @throws {TypeError} When `key` is no path.
 *
 * @example Usage
 * ```ts
 * import { updateConfigText } from "@sigil/config";
 *
 * const text = "plugins:\n  search: # finds things\n    enabled: false\n";
 * const updated = updateConfigText(text, "plugins.search.enabled", true);
 * console.assert(updated === "plugins:\n  search: # finds things\n    enabled: true\n");
 * ```
 */
export function updateConfigText(
  text: string,
  key: string,
  value: WritableValue | undefined,
  options: UpdateOptions = {},
): string {
  const path = parsePath(key);
  const { value: tree, problems } = readYamlTree(text);
  if (problems.length > 0) checkText(text, [], options.path);
  if (value === undefined && valueAt(tree, path) === undefined) return text;
  const updated = replaceScalar(text, path, value) ?? rewrite(text, path, value, options.path);
  checkText(updated, path, options.path);
  return updated;
}

/** Throws the issues of a text at a path and below it. */
function checkText(text: string, path: Path, file: string | undefined): void {
  const built = buildConfig({ text, path: file, env: {} });
  if (built.status === "valid") return;
  const place = formatPath(path);
  // What variables hold is not known here.
  const issues = built.issues.filter((issue) =>
    issue.code !== "missing_secret" && isWithin(issue.path, place)
  );
  if (issues.length > 0) throwInvalid(issues, file);
}

function isWithin(path: string, place: string): boolean {
  return path === "" || path === place || isBelow(path, place);
}

/** Puts a scalar where another one is; undefined when there is none that can be cut out. */
function replaceScalar(
  text: string,
  path: Path,
  value: WritableValue | undefined,
): string | undefined {
  if (typeof value === "object" || value === undefined) return undefined;
  const node = parseDocument(text).getIn(path, true);
  if (!isScalar(node) || !node.range || node.anchor || node.tag) return undefined;
  const [start, end] = node.range;
  if (start === end || !INLINE_TYPES.has(node.type ?? "")) return undefined;
  const isQuoted = node.type !== Scalar.PLAIN;
  return text.slice(0, start) + formatScalar(value, isQuoted) + text.slice(end);
}

const INLINE_TYPES: ReadonlySet<string> = new Set([
  Scalar.PLAIN,
  Scalar.QUOTE_DOUBLE,
  Scalar.QUOTE_SINGLE,
]);

function formatScalar(value: string | number | boolean, isQuoted: boolean): string {
  if (typeof value !== "string") return String(value);
  const plain = stringify(value, { lineWidth: 0 }).trimEnd();
  // A comma or a bracket ends a plain text within brackets.
  return isQuoted || /[,[\]{}\n]/.test(plain) ? JSON.stringify(value) : plain;
}

/** Writes the whole document anew, with its comments and in its own style. */
function rewrite(
  text: string,
  path: Path,
  value: WritableValue | undefined,
  file: string | undefined,
): string {
  const document = parseDocument(text);
  if (value === undefined) document.deleteIn(path);
  else setValue(document, path, value, file);
  const updated = document.toString({
    lineWidth: 0,
    indent: /^( +)[^\s#-]/m.exec(text)?.[1]?.length ?? 2,
    indentSeq: !/^( *)[^\s#-][^\n]*:\r?\n\1- /m.test(text),
    flowCollectionPadding: /[[{] \S/.test(text),
  });
  const withEnds = text.includes("\r\n") ? updated.replace(/\r?\n/g, "\r\n") : updated;
  return text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK + withEnds : withEnds;
}

function setValue(
  document: Document,
  path: Path,
  value: WritableValue,
  file: string | undefined,
): void {
  const length = path.findIndex((_, i) => !isCollection(document.getIn(path.slice(0, i), true)));
  const parentPath = path.slice(0, length);
  const parent = length === -1 ? undefined : document.getIn(parentPath, true);
  if (parent === undefined || parent === null) return document.setIn(path, value);
  if (!isScalar(parent) || parent.value !== null) throwNoRoom(parentPath, file);
  const rest = path.slice(length);
  const child = document.createNode(
    rest.reduceRight<unknown>((below, key) => ({ [key]: below }), value),
  );
  child.commentBefore = parent.comment ?? parent.commentBefore ?? null;
  document.setIn(parentPath, child);
}

function throwNoRoom(path: Path, file: string | undefined): never {
  const message = "It is neither a mapping nor a list, so nothing can be set in it";
  throwInvalid([{ code: "invalid_type", path: formatPath(path), message, source: file }], file);
}
