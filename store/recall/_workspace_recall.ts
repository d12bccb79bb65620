// SPDX-License-Identifier: Apache-2.0

import type { Task } from "../_cannot.ts";
import { porterStem } from "../_porter_stem.ts";
import { words } from "../_words.ts";
import type { Fact } from "../knowledge_store.ts";
import type { Logger } from "../logger.ts";
import type { Message } from "../message.ts";
import type { Summary } from "../summary_store.ts";
import { type Document, hashOf } from "./_document.ts";
import { EmbeddingIndex } from "./_embedding_index.ts";
import { LatentIndex } from "./_latent_index.ts";
import { fade, fadeRepeats, liftNeighbours, liftSpeakers } from "./_lift.ts";
import { MemoryReader, type ReadableMemory, type ReaderOptions } from "./_memory_reader.ts";
import { type Question, readQuestion } from "./_question.ts";
import { fuse, type Fused } from "./_ranking.ts";
import { makeRankings, mayBeGiven, type Sources } from "./_rankings.ts";
import { askedSpeakers } from "./_speakers.ts";
import type { Embedder } from "./embedder.ts";
import type {
  PrepareOptions,
  RecallAnswer,
  RecallHit,
  RecallOptions,
  RecallProgress,
  RecallStatus,
} from "./recall.ts";
import type { RecallStorage } from "./recall_storage.ts";
import { snippet } from "./snippet.ts";

/** What a workspace is recalled with. */
export interface WorkspaceOptions extends ReaderOptions {
  readonly storage: RecallStorage;
  readonly embedders: readonly Embedder[];
  readonly learnsInBackground: boolean;
  readonly logger: Logger | undefined;
}

/** Recall for one workspace. */
export class WorkspaceRecall {
  readonly #workspaceId: string;
  readonly #memory: ReadableMemory;
  readonly #options: WorkspaceOptions;
  readonly #reader: MemoryReader;
  readonly #latent: LatentIndex;
  readonly #embeddings: EmbeddingIndex;
  readonly #closing = new AbortController();
  #loading: Promise<unknown> | undefined;
  /** Ends when the last reading of the stores has ended, well or not. */
  #lastReading: Promise<unknown> = Promise.resolve();
  /** What is being learned and embedded. Never rejects. */
  #work: Promise<void> | undefined;
  #progress: RecallProgress | undefined;
  #problem: string | undefined;
  /** The state of the corpus when the last work began. */
  #workedOn = -1;

  constructor(memory: ReadableMemory, workspaceId: string, options: WorkspaceOptions) {
    const { storage, embedders, logger } = options;
    // A workspace may be called anything, a file may not.
    const name = hashOf(workspaceId).slice(0, 16);
    this.#workspaceId = workspaceId;
    this.#memory = memory;
    this.#options = options;
    this.#reader = new MemoryReader(memory, workspaceId, options);
    this.#latent = new LatentIndex(storage, `latent-${name}.lsa`, logger);
    this.#embeddings = new EmbeddingIndex(storage, name, embedders, logger);
  }

  /** Answers a question. */
  async recall(task: Task, query: string, options: RecallOptions): Promise<RecallAnswer> {
    const { signal } = options;
    const question = readQuestion(task, query, options);
    await this.#catchUp(signal);
    if (this.#options.learnsInBackground) this.#workInBackground();
    const { dates, terms, wanted } = question;
    const notices = this.#problem === undefined ? [] : [this.#problem];
    if (wanted === "" && terms.size === 0 && dates.length === 0) {
      return { hits: [], meaning: "none", dates, notices };
    }
    const { corpus } = this.#reader;
    const asked = askedSpeakers(query, corpus.speakers);
    const sources = this.#sources();
    const { rankings, messages, meaning } = await makeRankings(sources, question, asked, notices);
    const fused = fuse(rankings, question.weights.halfRank);
    const mayBe = (document: Document) => mayBeGiven(this.#reader, question, document);
    liftNeighbours(fused, corpus, question, mayBe);
    liftSpeakers(fused, corpus, question, asked);
    fadeRepeats(fused, corpus, question);
    const momentOf = (key: string) =>
      corpus.get(key)?.at ?? messages.get(key)?.createdAt.getTime() ?? 0;
    fade(fused, question, momentOf);
    const ranked = [...fused].sort(([a, left], [b, right]) =>
      right.score - left.score || momentOf(b) - momentOf(a) || (a < b ? -1 : 1)
    );
    const hits = await this.#toHits(ranked, messages, question);
    return { hits, meaning, dates, notices: [...new Set(notices)] };
  }

  /** Learns and embeds what is due. */
  async prepare(options: PrepareOptions): Promise<RecallStatus> {
    const signal = AbortSignal.any([
      this.#closing.signal,
      ...(options.signal ? [options.signal] : []),
    ]);
    signal.throwIfAborted();
    await this.#catchUp(signal);
    while (this.#work !== undefined) await this.#work;
    const run = this.#learnAndEmbed(signal, options);
    this.#work = run.then(() => {}, () => {});
    try {
      await run;
    } finally {
      this.#work = undefined;
      this.#progress = undefined;
    }
    return this.status();
  }

  /** Tells how ready it is. */
  status(): RecallStatus {
    return {
      documents: this.#reader.corpus.size,
      learnedFrom: this.#latent.learnedFrom,
      embedding: this.#embeddings.active,
      progress: this.#progress,
      problem: this.#problem,
    };
  }

  /** Ends what is under way. */
  async close(reason: Error): Promise<void> {
    this.#closing.abort(reason);
    await this.#work;
    await this.#lastReading.catch(() => {});
    await this.#embeddings.close();
  }

  #sources(): Sources {
    return {
      workspaceId: this.#workspaceId,
      messages: this.#memory.messages,
      reader: this.#reader,
      latent: this.#latent,
      embeddings: this.#embeddings,
    };
  }

  /** Reads what is new. One call after the other, so that each sees what was written before it. */
  async #catchUp(signal: AbortSignal | undefined): Promise<void> {
    this.#loading ??= Promise.all([this.#latent.load(), this.#embeddings.load()]);
    try {
      await this.#loading;
    } catch (error) {
      this.#loading = undefined;
      throw error;
    }
    const reading = this.#lastReading.catch(() => {}).then(() => {
      this.#closing.signal.throwIfAborted();
      return this.#reader.catchUp(signal);
    });
    this.#lastReading = reading;
    await reading;
  }

  /** What failed is tried again once there is something new. */
  #workInBackground(): void {
    const { corpus } = this.#reader;
    if (
      this.#work !== undefined || this.#workedOn === corpus.changes ||
      !this.#isDue()
    ) return;
    const { signal } = this.#closing;
    this.#work = this.#learnAndEmbed(signal, {}).catch(() => {
      if (signal.aborted) return;
      this.#options.logger?.error("learning or embedding failed", { problem: this.#problem });
    }).finally(() => {
      this.#work = undefined;
      this.#progress = undefined;
    });
  }

  #isDue(): boolean {
    return this.#options.embedders.length > 0 || this.#isLearningDue();
  }

  /** While there are embeddings to search, nothing need be learned. */
  #isLearningDue(): boolean {
    return this.#embeddings.active === undefined &&
      this.#latent.isDue(this.#reader.corpus.size);
  }

  async #learnAndEmbed(signal: AbortSignal, options: PrepareOptions): Promise<void> {
    const { corpus } = this.#reader;
    this.#workedOn = corpus.changes;
    try {
      if (options.relearn || this.#isLearningDue()) {
        this.#report({ stage: "learning", done: 0, total: corpus.size }, options);
        await this.#latent.learn(corpus, signal);
        this.#report({ stage: "learning", done: corpus.size, total: corpus.size }, options);
      }
      const hashes = corpus.hashes();
      const report = (done: number) =>
        this.#report({ stage: "embedding", done, total: hashes.size }, options);
      const pages = () => this.#reader.texts(signal);
      await this.#embeddings.embed({ hashes, pages, onProgress: report }, signal);
      this.#problem = undefined;
    } catch (error) {
      if (!signal.aborted) {
        this.#problem = error instanceof Error ? error.message : String(error);
      }
      throw error;
    }
  }

  #report(progress: RecallProgress, { onProgress }: PrepareOptions): void {
    this.#progress = progress;
    onProgress?.(progress);
  }

  async #toHits(
    ranked: readonly (readonly [key: string, Fused])[],
    messages: ReadonlyMap<string, Message>,
    question: Question,
  ): Promise<readonly RecallHit[]> {
    const { options: { signal, snippetLength }, unwanted, limit, text } = question;
    const hits: RecallHit[] = [];
    for (const [key, { score, shares }] of ranked) {
      if (hits.length >= limit) break;
      const found = await this.#read(key, messages.get(key), signal);
      if (found === undefined || holdsAny(found.text, unwanted)) continue;
      const signals = [...shares].sort((a, b) => b.share - a.share);
      const part = snippetLength === undefined
        ? {}
        : { snippet: snippet(found.text, text, snippetLength) };
      hits.push({ ...found.hit, score, signals, ...part });
    }
    return hits;
  }

  /** Reads what a key stands for; undefined when it has gone since. */
  async #read(
    key: string,
    known: Message | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Found | undefined> {
    const document = this.#reader.corpus.get(key);
    if (known !== undefined || document?.kind === "message") {
      const message = known ??
        (document && await this.#reader.message(document, signal));
      return message && {
        text: message.content,
        hit: { kind: "message", id: message.id, message },
      };
    }
    const id = document?.id ?? "";
    const summary = document?.kind === "summary" ? this.#reader.summary(id) : undefined;
    if (summary !== undefined) {
      return { text: summary.content, hit: { kind: "summary", id, summary } };
    }
    const fact = document?.kind === "fact" ? this.#reader.fact(id) : undefined;
    return fact &&
      { text: this.#reader.factText(fact), hit: { kind: "fact", id, fact } };
  }
}

/** What was found, with its text. */
interface Found {
  readonly text: string;
  readonly hit:
    | {
      readonly kind: "message";
      readonly id: string;
      readonly message: Message;
    }
    | {
      readonly kind: "summary";
      readonly id: string;
      readonly summary: Summary;
    }
    | { readonly kind: "fact"; readonly id: string; readonly fact: Fact };
}

/** Whether a text holds one of the words or phrases, compared by stem. */
function holdsAny(text: string, unwanted: readonly string[]): boolean {
  if (unwanted.length === 0) return false;
  const stems = stemsOf(text);
  return unwanted.some((term) => stems.includes(stemsOf(term)));
}

/** Gives the stems of a text with a space around each, so that whole ones are found. */
function stemsOf(text: string): string {
  return ` ${words(text).map(porterStem).join(" ")} `;
}
