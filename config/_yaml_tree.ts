// SPDX-License-Identifier: Apache-2.0

import {
  type Alias,
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseAllDocuments,
  type Scalar,
} from "yaml";
import type { ConfigIssueCode } from "./errors.ts";
import { formatPath, type Path } from "./_path.ts";

/** A place in a text; both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Something wrong with the text itself. */
export interface YamlProblem {
  readonly code: ConfigIssueCode;
  readonly path: Path;
  readonly message: string;
  readonly position: Position;
}

/** What a text says, and where. */
export interface YamlTree {
  /** Mappings, lists and scalars; undefined when the text says nothing. */
  readonly value: unknown;
  /** Everything wrong with the text. */
  readonly problems: readonly YamlProblem[];
  /** Where a value is, or its key; undefined when it is not in the text. */
  find(path: Path, part: "key" | undefined): Position | undefined;
}

const MAX_CHARACTERS = 1024 * 1024;
const MAX_NODES = 20_000;
const MAX_DEPTH = 64;

const TAGS = new Set(["str", "int", "float", "bool", "null", "map", "seq"]);

// The library's own messages quote the text, in which there may be a secret.
const SYNTAX_MESSAGES = {
  ALIAS_PROPS: "An alias can have no anchor or tag",
  BAD_ALIAS: "An alias must be the name of an anchor",
  BAD_COLLECTION_TYPE: "The tag does not fit the kind of collection",
  BAD_DIRECTIVE: "Not a directive of YAML 1.2",
  BAD_DQ_ESCAPE: "Not an escape of a double-quoted text; write \\\\ for a backslash",
  BAD_INDENT: "The indentation does not fit what is around it, or a bracket is not closed",
  BAD_PROP_ORDER: "An anchor or tag is in the wrong place",
  BAD_SCALAR_START: "A text cannot begin with this character; put quotes around it",
  BLOCK_AS_IMPLICIT_KEY: "A key is followed by two values on one line; put quotes around the text",
  BLOCK_IN_FLOW: "Block style cannot be used within brackets",
  DUPLICATE_KEY: "The key is there twice",
  IMPOSSIBLE: "Not YAML",
  KEY_OVER_1024_CHARS: "The key is too long",
  MISSING_CHAR: "A character is missing, such as a closing quote, a bracket, a comma or a space",
  MULTILINE_IMPLICIT_KEY: "A key must be on one line, with a colon and a space after it",
  MULTIPLE_ANCHORS: "A value can have one anchor only",
  MULTIPLE_DOCS: "A config is one document",
  MULTIPLE_TAGS: "A value can have one tag only",
  NON_STRING_KEY: "A key must be a plain text",
  RESOURCE_EXHAUSTION: "It is nested too deeply",
  TAB_AS_INDENT: "Tabs cannot indent; use spaces",
  TAG_RESOLVE_FAILED: "The tag is not known",
  UNEXPECTED_TOKEN: "This does not belong here; check the indentation and quotes before it",
} as const satisfies Record<ErrorCode, string>;

/** Reads one document of YAML 1.2. Never throws: what is wrong is among the problems. */
export function readYamlTree(text: string): YamlTree {
  if (text.length > MAX_CHARACTERS) return tooLong();
  const lines = new LineCounter();
  const documents = parseAllDocuments(text.replace(/^\uFEFF/, ""), {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false, // #readMapping tells the path as well
    version: "1.2",
  });
  const [document, second] = documents;
  const reader = new Reader(lines, document);
  if (document === undefined) return reader;
  reader.readSyntax(document);
  if (second !== undefined) {
    reader.report("syntax", [], SYNTAX_MESSAGES.MULTIPLE_DOCS, second.range[0]);
  }
  if (reader.problems.length === 0) reader.readValue(document.contents, [], 0);
  return reader;
}

function tooLong(): YamlTree {
  const message = `It is longer than ${MAX_CHARACTERS} characters`;
  const position = { line: 1, column: 1 };
  return {
    value: undefined,
    problems: [{ code: "too_large", path: [], message, position }],
    find: () => undefined,
  };
}

/** Turns the nodes of a document into values and remembers where each was. */
class Reader implements YamlTree {
  readonly problems: YamlProblem[] = [];
  readonly #lines: LineCounter;
  readonly #document: Document.Parsed | undefined;
  readonly #targets = new Map<Alias, unknown>();
  readonly #keys = new Map<string, number>();
  readonly #values = new Map<string, number>();
  #nodes = 0;
  #value: unknown;

  constructor(lines: LineCounter, document: Document.Parsed | undefined) {
    this.#lines = lines;
    this.#document = document;
  }

  get value(): unknown {
    return this.#value;
  }

  find(path: Path, part: "key" | undefined): Position | undefined {
    const key = formatPath(path);
    const offset = (part === "key" ? this.#keys.get(key) : undefined) ?? this.#values.get(key);
    return offset === undefined ? undefined : this.#positionOf(offset);
  }

  readSyntax(document: Document.Parsed): void {
    const { yaml } = document.directives;
    if (yaml.explicit && yaml.version !== "1.2") {
      this.report("syntax", [], "A config is YAML 1.2", 0);
    }
    for (const { code, pos: [offset] } of [...document.errors, ...document.warnings]) {
      this.report(issueCodeOf(code), [], SYNTAX_MESSAGES[code], offset);
      // What follows a text that is too deep is only an echo of it.
      if (code === "RESOURCE_EXHAUSTION") return;
    }
  }

  readValue(node: unknown, path: Path, depth: number): void {
    this.#value = this.#read(node, path, depth);
  }

  report(code: ConfigIssueCode, path: Path, message: string, offset: number): void {
    const position = this.#positionOf(offset);
    const isEcho = this.problems.some(({ position: other }) => other.line === position.line);
    if (!isEcho || code !== "syntax") this.problems.push({ code, path, message, position });
  }

  #read(node: unknown, path: Path, depth: number): unknown {
    if (isAlias(node)) return this.#readAlias(node, path, depth);
    if (!isMap(node) && !isSeq(node) && !isScalar(node)) return null;
    const offset = node.range?.[0] ?? 0;
    const place = formatPath(path);
    if (!this.#values.has(place)) this.#values.set(place, offset);
    if (depth > MAX_DEPTH) return this.#tooLarge(path, SYNTAX_MESSAGES.RESOURCE_EXHAUSTION, offset);
    if (++this.#nodes > MAX_NODES) return this.#tooLarge(path, "It has too many values", offset);
    this.#checkTag(node.tag, path, offset);
    if (isScalar(node)) return node.value;
    if (isSeq(node)) return node.items.map((item, i) => this.#read(item, [...path, i], depth + 1));
    return this.#readMapping(node.items, path, depth);
  }

  #readAlias(alias: Alias, path: Path, depth: number): unknown {
    const offset = alias.range?.[0] ?? 0;
    this.#values.set(formatPath(path), offset);
    const node = this.#resolve(alias);
    if (node !== undefined) return this.#read(node, path, depth + 1);
    this.report("syntax", path, "The alias names no anchor that is before it", offset);
  }

  #resolve(alias: Alias): unknown {
    if (this.#document === undefined) return undefined;
    // The library walks the whole document each time.
    if (!this.#targets.has(alias)) this.#targets.set(alias, alias.resolve(this.#document));
    return this.#targets.get(alias);
  }

  #readMapping(pairs: readonly Pair<unknown, unknown>[], path: Path, depth: number): unknown {
    const entries = new Map<string, unknown>();
    for (const { key: keyNode, value } of pairs) {
      const key = keyText(keyNode);
      const offset = isScalar(keyNode)
        ? keyNode.range?.[0] ?? 0
        : this.#values.get(formatPath(path)) ?? 0;
      if (key === undefined) {
        this.report("syntax", path, SYNTAX_MESSAGES.NON_STRING_KEY, offset);
        continue;
      }
      const child = [...path, key];
      if (entries.has(key)) {
        this.report("duplicate_key", child, SYNTAX_MESSAGES.DUPLICATE_KEY, offset);
      }
      this.#keys.set(formatPath(child), offset);
      entries.set(key, this.#read(value, child, depth + 1));
    }
    return Object.fromEntries(entries);
  }

  #checkTag(tag: string | undefined, path: Path, offset: number): void {
    if (tag === undefined || TAGS.has(tag.replace("tag:yaml.org,2002:", ""))) return;
    this.report("syntax", path, "A config has no use for this tag", offset);
  }

  #tooLarge(path: Path, message: string, offset: number): undefined {
    if (this.problems.some(({ code }) => code === "too_large")) return;
    this.report("too_large", path, message, offset);
  }

  #positionOf(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }
}

function issueCodeOf(code: ErrorCode): ConfigIssueCode {
  if (code === "DUPLICATE_KEY") return "duplicate_key";
  return code === "RESOURCE_EXHAUSTION" ? "too_large" : "syntax";
}

/** Gives a key as it is written, so that `017` stays `017`; undefined for a collection. */
function keyText(node: unknown): string | undefined {
  if (!isScalar(node)) return undefined;
  return typeof node.value === "string" ? node.value : textOf(node);
}

function textOf(scalar: Scalar): string {
  return scalar.source ?? String(scalar.value);
}
