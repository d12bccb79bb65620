// SPDX-License-Identifier: Apache-2.0

/** The keys and list indexes that lead to a value, from the root. */
export type Path = readonly (string | number)[];

const PLAIN_KEY = /^[\w-]+$/;
const SEGMENT = /(?:^|\.)([^.[\]"]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;

/** Writes a path as `plugins.search.config.folders[0]`; keys that are no plain words as `["a/b"]`. */
export function formatPath(path: Path): string {
  return path.map(formatSegment).join("").replace(/^\./, "");
}

function formatSegment(segment: string | number): string {
  if (typeof segment === "number") return `[${segment}]`;
  return PLAIN_KEY.test(segment) ? `.${segment}` : `[${JSON.stringify(segment)}]`;
}

/**
 * Reads what {@linkcode formatPath} writes.
 *
 * @throws {TypeError} When the text is no path.
 */
export function parsePath(text: string): Path {
  const segments: (string | number)[] = [];
  const pattern = new RegExp(SEGMENT);
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) throw new TypeError(`Cannot read the path ${JSON.stringify(text)}`);
    segments.push(readSegment(match));
  }
  if (segments.length === 0) throw new TypeError("Cannot read a path: it is empty");
  return segments;
}

function readSegment([, word, index, quoted]: RegExpExecArray): string | number {
  if (word !== undefined) return word;
  return index === undefined ? String(JSON.parse(quoted ?? "")) : Number(index);
}

/** Gives the value at a path, or undefined. */
export function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => childOf(value, key), tree);
}

function childOf(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) return typeof key === "number" ? value[key] : undefined;
  return isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/**
 * Gives a copy of a tree with another value at a path; undefined removes the key.
 *
 * A value in the way that can hold no such key stays, for the schema to report.
 */
export function withValueAt(tree: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined || (tree === undefined && value === undefined)) return value;
  if (Array.isArray(tree)) return withItemAt(tree, key, rest, value);
  if (!isMapping(tree ?? {})) return tree;
  const { [key]: old, ...others } = isMapping(tree) ? tree : {};
  const child = withValueAt(old, rest, value);
  return child === undefined ? others : { ...tree ?? {}, [key]: child };
}

function withItemAt(list: readonly unknown[], key: string | number, rest: Path, value: unknown) {
  if (typeof key !== "number" || key > list.length) return list;
  const child = withValueAt(list[key], rest, value);
  return child === undefined ? list.toSpliced(key, 1) : list.toSpliced(key, 1, child);
}

/** Whether a value is a plain object: no list, no instance of a class. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
