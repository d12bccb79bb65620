// SPDX-License-Identifier: Apache-2.0

import { Vocabulary } from "./_bag.ts";
import type { Document } from "./_document.ts";

/** What recall holds in memory of a workspace: every text as its terms, and what they say together. */
export class Corpus {
  /** The terms of all texts. */
  readonly vocabulary = new Vocabulary();
  readonly #documents = new Map<string, Document>();
  readonly #sessions = new Map<string, Document[]>();
  readonly #byHash = new Map<string, readonly Document[]>();
  readonly #speakers = new Set<string>();
  /** In how many documents each term occurs. */
  readonly #frequencies: number[] = [];
  #totalLength = 0;
  #changes = 0;

  /** How many documents there are. */
  get size(): number {
    return this.#documents.size;
  }

  /** How often it has changed. */
  get changes(): number {
    return this.#changes;
  }

  /** How many terms a document has on average. */
  get averageLength(): number {
    return this.#totalLength / Math.max(1, this.size);
  }

  /** The names of all who speak, in lower case. */
  get speakers(): ReadonlySet<string> {
    return this.#speakers;
  }

  /** Gives every document. */
  all(): Iterable<Document> {
    return this.#documents.values();
  }

  /** Gives the document with a key. */
  get(key: string): Document | undefined {
    return this.#documents.get(key);
  }

  /** Gives the documents whose text has a hash. */
  withHash(hash: string): readonly Document[] {
    return this.#byHash.get(hash) ?? [];
  }

  /** The hashes of all texts that say anything. */
  hashes(): ReadonlySet<string> {
    const hashes = new Set<string>();
    for (const [hash, [document]] of this.#byHash) {
      if (document && document.bag.length > 0) hashes.add(hash);
    }
    return hashes;
  }

  /** Tells in how many documents a term occurs. */
  frequencyOf(term: number): number {
    return this.#frequencies[term] ?? 0;
  }

  /** Gives the turns of a session, oldest first. */
  turnsOf(sessionId: string): readonly Document[] {
    return this.#sessions.get(sessionId) ?? [];
  }

  /** Adds a document, in place of the one with its key. Turns are added in their order. */
  put(document: Document): void {
    this.remove(document.key);
    this.#documents.set(document.key, document);
    this.#byHash.set(document.hash, [...this.withHash(document.hash), document]);
    this.#count(document, 1);
    if (document.turn === undefined) return;
    const { sessionId, speaker } = document.turn;
    const turns = this.#sessions.get(sessionId);
    if (turns === undefined) this.#sessions.set(sessionId, [document]);
    else turns.push(document);
    if (speaker !== "") this.#speakers.add(speaker);
  }

  /** Removes a document that is no turn. */
  remove(key: string): void {
    const document = this.#documents.get(key);
    if (document === undefined) return;
    this.#documents.delete(key);
    const others = this.withHash(document.hash).filter((other) => other !== document);
    if (others.length > 0) this.#byHash.set(document.hash, others);
    else this.#byHash.delete(document.hash);
    this.#count(document, -1);
  }

  /** Removes every turn, and gives them. */
  removeTurns(): ReadonlyMap<string, Document> {
    const removed = new Map<string, Document>();
    for (const document of this.#documents.values()) {
      if (document.turn !== undefined) removed.set(document.key, document);
    }
    for (const key of removed.keys()) this.remove(key);
    this.#sessions.clear();
    this.#speakers.clear();
    return removed;
  }

  #count({ bag }: Document, step: 1 | -1): void {
    this.#changes++;
    this.#totalLength += step * bag.length;
    for (const term of bag.terms) {
      this.#frequencies[term] = this.frequencyOf(term) + step;
    }
  }
}
