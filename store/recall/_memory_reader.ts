// SPDX-License-Identifier: Apache-2.0

import type { Fact } from "../knowledge_store.ts";
import type { MemoryStore } from "../memory_store.ts";
import type { Message } from "../message.ts";
import type { Summary } from "../summary_store.ts";
import { Corpus } from "./_corpus.ts";
import { type Document, hashOf, keyOf, type Turn } from "./_document.ts";
import type { RecallKind } from "./recall.ts";
import { pause } from "./_steps.ts";

/** The parts of a memory that recall reads. */
export type ReadableMemory = Pick<
  MemoryStore,
  "messages" | "summaries" | "knowledge"
>;

/** How a memory is read. */
export interface ReaderOptions {
  /** How many messages are held, the newest. */
  readonly maxMessages: number;
  /** Gives the name of who speaks in a message. */
  readonly speakerOf: (message: Message) => string | undefined;
}

/** A text that is held as a document. */
export interface DocumentText {
  /** The hash of the text. */
  readonly hash: string;
  /** The text. */
  readonly text: string;
}

/** The mark, and at most such closing as quotes and smileys after it. */
const ENDS_WITH_QUESTION = /[?？][^\p{L}\p{N}]*$/u;
const PAGE = 500;
/** How many summaries and how many facts are held, the newest: as many as one call gives. */
const MAX_OTHERS = 10_000;
const FIRST_MOMENT = -8.64e15;
const AFTER_LAST_MOMENT = 8.64e15;
/** The oldest messages are let go in lots, since all have to be read again for it. */
const SURPLUS = 1.1;

/** Brings a corpus up to date with the stores, and reads what the corpus leaves there. */
export class MemoryReader {
  /** What has been read. */
  readonly corpus = new Corpus();
  readonly #memory: ReadableMemory;
  readonly #workspaceId: string;
  readonly #options: ReaderOptions;
  readonly #summaries = new Map<string, Summary>();
  readonly #facts = new Map<string, Fact>();
  readonly #names = new Map<string, string>();
  #messageCount = 0;
  /** How many messages are too old to be held. */
  #skipped = 0;
  /** The moment of the last message, and how many have it. */
  #lastMoment = FIRST_MOMENT;
  #ties = 0;

  constructor(memory: ReadableMemory, workspaceId: string, options: ReaderOptions) {
    this.#memory = memory;
    this.#workspaceId = workspaceId;
    this.#options = options;
  }

  /** Takes up what was written since the last time, and lets go of what was deleted. */
  async catchUp(signal?: AbortSignal): Promise<void> {
    await this.#catchUpMessages(signal);
    await this.#catchUpSummaries(signal);
    await this.#catchUpFacts(signal);
  }

  /** Gives a summary as it is now. */
  summary(id: string): Summary | undefined {
    return this.#summaries.get(id);
  }

  /** Gives a fact as it is now. */
  fact(id: string): Fact | undefined {
    return this.#facts.get(id);
  }

  /** Gives what a fact says, as a text. */
  factText({ entityId, predicate, value }: Fact): string {
    const name = this.#names.get(entityId) ?? entityId;
    return `${name} ${predicate.replaceAll(/[_-]+/g, " ")} ${value}`;
  }

  /** Reads a message from its store; undefined when it has gone. */
  async message({ id, at, turn }: Document, signal?: AbortSignal): Promise<Message | undefined> {
    const { messages } = this.#memory;
    const range = { from: new Date(at), to: new Date(at + 1) };
    const one = { limit: 1, offset: turn?.tie ?? 0, signal };
    const [likely] = await messages.getRange(this.#workspaceId, range, one);
    if (likely?.id === id) return likely;
    const all = await messages.getRange(this.#workspaceId, range, { signal });
    return all.find((message) => message.id === id);
  }

  /** Reads every text that is held, in pages. */
  async *texts(signal?: AbortSignal): AsyncGenerator<readonly DocumentText[]> {
    yield [
      ...Array.from(this.#summaries.values(), ({ content }) => toText(content)),
      ...Array.from(this.#facts.values(), (fact) => toText(this.factText(fact))),
    ];
    for await (const page of this.#messages(FIRST_MOMENT, this.#skipped, signal)) {
      yield page.map(({ content }) => toText(content));
    }
  }

  async #catchUpMessages(signal: AbortSignal | undefined): Promise<void> {
    for await (const page of this.#messages(this.#lastMoment, this.#ties, signal)) {
      for (const message of page) this.#add(message);
    }
    const count = await this.#memory.messages.count(this.#workspaceId, { signal });
    const isWhole = count === this.#messageCount + this.#skipped;
    if (isWhole && this.#messageCount <= this.#options.maxMessages * SURPLUS) {
      return;
    }
    await this.#readAllMessages(count, signal);
  }

  /** Messages went, or came with a date of the past, or are too many. */
  async #readAllMessages(count: number, signal: AbortSignal | undefined): Promise<void> {
    const old = this.corpus.removeTurns();
    this.#messageCount = 0;
    this.#lastMoment = FIRST_MOMENT;
    this.#ties = 0;
    this.#skipped = Math.max(0, count - this.#options.maxMessages);
    let first: number | undefined;
    for await (const page of this.#messages(FIRST_MOMENT, this.#skipped, signal)) {
      first ??= page[0]?.createdAt.getTime();
      for (const message of page) this.#add(message, old);
    }
    // If this is one too many, the count will tell, and all is read again.
    if (first === this.#lastMoment) this.#ties += this.#skipped;
  }

  /** Gives the messages from a moment on, without the first `skip` of them. */
  async *#messages(
    moment: number,
    skip: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly Message[]> {
    const range = { from: new Date(moment), to: new Date(AFTER_LAST_MOMENT) };
    for (let offset = skip;; offset += PAGE) {
      const options = { limit: PAGE, offset, signal };
      const page = await this.#memory.messages.getRange(this.#workspaceId, range, options);
      yield page;
      if (page.length < PAGE) return;
      await pause();
    }
  }

  #add(message: Message, old?: ReadonlyMap<string, Document>): void {
    const { id, content, sessionId, role, createdAt } = message;
    const at = createdAt.getTime();
    this.#ties = at === this.#lastMoment ? this.#ties + 1 : 1;
    this.#lastMoment = at;
    const key = keyOf("message", id);
    if (this.corpus.get(key) !== undefined) return;
    this.#messageCount++;
    const turn: Turn = {
      tie: this.#ties - 1,
      sessionId,
      index: this.corpus.turnsOf(sessionId).length,
      role,
      asks: ENDS_WITH_QUESTION.test(content),
      speaker: (this.#options.speakerOf(message) ?? "").trim().toLowerCase(),
    };
    this.#put({ key, kind: "message", id, at, until: at, turn }, content, old?.get(key));
  }

  async #catchUpSummaries(signal: AbortSignal | undefined): Promise<void> {
    const latest = await this.#memory.summaries.getLatest(
      this.#workspaceId,
      MAX_OTHERS,
      { signal },
    );
    const gone = new Set(this.#summaries.keys());
    for (const summary of latest) {
      const { id, content, fromTime, toTime } = summary;
      gone.delete(id);
      this.#summaries.set(id, summary);
      this.#putOther("summary", id, content, fromTime, toTime);
    }
    for (const id of gone) {
      this.#summaries.delete(id);
      this.corpus.remove(keyOf("summary", id));
    }
  }

  async #catchUpFacts(signal: AbortSignal | undefined): Promise<void> {
    const { knowledge } = this.#memory;
    const facts = await knowledge.findFacts(this.#workspaceId, { limit: MAX_OTHERS }, { signal });
    this.#names.clear();
    const gone = new Set(this.#facts.keys());
    for (const fact of facts) {
      const { id, entityId, validAt, createdAt } = fact;
      if (!this.#names.has(entityId)) {
        this.#names.set(entityId, await this.#readName(entityId, signal));
      }
      gone.delete(id);
      this.#facts.set(id, fact);
      this.#putOther("fact", id, this.factText(fact), validAt ?? createdAt);
    }
    for (const id of gone) {
      this.#facts.delete(id);
      this.corpus.remove(keyOf("fact", id));
    }
  }

  /** Facts may be about entities that nobody has put. */
  async #readName(entityId: string, signal: AbortSignal | undefined): Promise<string> {
    try {
      return (await this.#memory.knowledge.getEntity(this.#workspaceId, entityId, { signal })).name;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "not_found") return entityId;
      throw error;
    }
  }

  #putOther(kind: RecallKind, id: string, text: string, from: Date, to = from): void {
    const key = keyOf(kind, id);
    const old = this.corpus.get(key);
    this.#put({ key, kind, id, at: from.getTime(), until: to.getTime() }, text, old);
  }

  /** Reads a text into terms, unless they are known. */
  #put(place: Omit<Document, "hash" | "bag">, text: string, old: Document | undefined): void {
    const hash = hashOf(text);
    const isSame = old !== undefined && old.hash === hash;
    if (isSame && !place.turn && old.at === place.at && old.until === place.until) return;
    const bag = isSame ? old.bag : this.corpus.vocabulary.read(text);
    this.corpus.put({ ...place, hash, bag });
  }
}

function toText(text: string): DocumentText {
  return { hash: hashOf(text), text };
}
