// SPDX-License-Identifier: Apache-2.0

import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";

/** A path into a document: keys and indices. */
export type YamlPath = readonly PropertyKey[];

/** A place in a text, counted from 1. */
export interface Position {
  /** The line. */
  readonly line: number;
  /** The column. */
  readonly column: number;
}

/** Why a text cannot be read, and where. */
export interface YamlProblem extends Position {
  /** In one sentence. */
  readonly message: string;
}

/** A text that is no YAML at all can be wrong in every character. */
const MAX_PROBLEMS = 20;

/** A text of YAML with the place of each of its values. */
export class YamlDocument {
  readonly #document: Document;
  readonly #lines: LineCounter;

  /** Reads a text. Never throws: see {@linkcode problems}. */
  constructor(text: string) {
    this.#lines = new LineCounter();
    const lineCounter = this.#lines;
    this.#document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: "error" });
  }

  /** What is wrong with the text itself. */
  problems(): YamlProblem[] {
    return this.#document.errors.slice(0, MAX_PROBLEMS).map((error) => ({
      message: `Not valid YAML: ${error.message.split(";", 1)[0]}`,
      ...this.#position(error.pos[0]),
    }));
  }

  /**
   * Gives the data.
   *
   * @throws {Error} When aliases make it endless or huge.
   */
  toData(): unknown {
    const data: unknown = this.#document.toJS({ maxAliasCount: 100 });
    JSON.stringify(data); // An alias to its own parent is found here.
    return data;
  }

  /** Where a value stands; for one that is absent, where its nearest parent does. */
  positionOf(path: YamlPath): Position {
    for (let length = path.length; length >= 0; length--) {
      const node: unknown = this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.#position(node.range[0]);
    }
    return { line: 1, column: 1 };
  }

  /** Where a key stands; where its map does when it has no such key. */
  positionOfKey(path: YamlPath): Position {
    const parent: unknown = this.#document.getIn(path.slice(0, -1), true);
    if (!isMap(parent)) return this.positionOf(path);
    const key = parent.items.map((pair) => pair.key)
      .find((key) => isScalar(key) && String(key.value) === path.at(-1));
    return isScalar(key) && key.range ? this.#position(key.range[0]) : this.positionOf(path);
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}
