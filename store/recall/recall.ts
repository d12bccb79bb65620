// SPDX-License-Identifier: Apache-2.0

import type { Fact } from "../knowledge_store.ts";
import type { Message, MessageRole } from "../message.ts";
import type { CallOptions, TimeRange } from "../options.ts";
import type { Summary } from "../summary_store.ts";

/**
 * What can make a hit of something.
 *
 * - `words`: it holds words of the question (bm25).
 * - `feedback`: it holds words that are typical of what holds words of the question.
 * - `lsa`: its text lies near the question in the {@linkcode LatentModel} of the workspace.
 * - `embedding`: its text lies near the question by the embeddings of a model.
 * - `neighbours`: turns beside it in the conversation are hits.
 * - `date`: it was said when the question says.
 * - `speaker`: the one who is asked about says it.
 * - `repeat`: the same speaker's same text stands above it, which takes away, and so never above zero.
 * - `age`: what its age takes away, and so never above zero.
 */
export type RecallSignal =
  | "words"
  | "feedback"
  | "lsa"
  | "embedding"
  | "neighbours"
  | "date"
  | "speaker"
  | "repeat"
  | "age";

/** What one signal did for a hit. */
export interface SignalShare {
  /** Which signal. */
  readonly signal: RecallSignal;
  /** The place that the signal itself gave it: 1 is the best. */
  readonly rank: number;
  /** The signal's own measure: bm25, a cosine, or for the others the factor that was applied. */
  readonly score: number;
  /** What it contributed: the shares of a hit add up to its score. */
  readonly share: number;
}

/** What every {@linkcode RecallHit} carries. */
export interface RecallHitBase {
  /** Its id in its store. */
  readonly id: string;
  /** Higher is better. Comparable within one answer only. */
  readonly score: number;
  /** Why it was found, what contributed most first. */
  readonly signals: readonly SignalShare[];
  /** The part of the text around what matches, when `snippetLength` asks for it. */
  readonly snippet?: string;
}

/** Something that was found: a message, a summary or a fact. */
export type RecallHit =
  | RecallHitBase & { readonly kind: "message"; readonly message: Message }
  | RecallHitBase & { readonly kind: "summary"; readonly summary: Summary }
  | RecallHitBase & { readonly kind: "fact"; readonly fact: Fact };

/** What kind of thing a {@linkcode RecallHit} is. */
export type RecallKind = RecallHit["kind"];

/** Every {@linkcode RecallKind}. */
export const RECALL_KINDS: readonly RecallKind[] = ["message", "summary", "fact"];

/** A date that the question names. */
export interface NamedDate extends TimeRange {
  /** The words of the question that name it. */
  readonly text: string;
}

/** The answer to a question. */
export interface RecallAnswer {
  /** What was found, the best first; ties with the latest first. */
  readonly hits: readonly RecallHit[];
  /** What stood for the meaning of texts: an embedding model, `lsa`, or `none`. */
  readonly meaning: string;
  /** The dates that the question names, as they were understood. */
  readonly dates: readonly NamedDate[];
  /** What was not as it should be, such as embeddings that could not be had. Sentences for people. */
  readonly notices: readonly string[];
}

/** The parts of recall that can be left out. All take part unless they are set to false. */
export interface RecallParts {
  /** Ranking by the words of the question. */
  readonly words?: boolean | undefined;
  /** Ranking by words that the best matches have in common. */
  readonly feedback?: boolean | undefined;
  /** Ranking by meaning: by embeddings, or else by the latent model. */
  readonly meaning?: boolean | undefined;
  /** Lifting the turns beside a hit, and most the answer to it. */
  readonly neighbours?: boolean | undefined;
  /** Preferring what was said when the question says. */
  readonly dates?: boolean | undefined;
  /** Preferring what is said by the one whom the question names. */
  readonly speakers?: boolean | undefined;
  /** Lowering what the same speaker says again in the same words. */
  readonly repeats?: boolean | undefined;
}

/** How much each part counts. */
export interface RecallWeights {
  /** Of the ranking by words. */
  readonly words: number;
  /** Of the ranking by feedback. */
  readonly feedback: number;
  /** Of the ranking by meaning. */
  readonly meaning: number;
  /** Of the ranking within the dates named. */
  readonly date: number;
  /**
   * Which part of its own score a hit gives to the turns beside it; half of it to those after next, and
   * twice as much from a question to the turn after it.
   */
  readonly neighbours: number;
  /** By which part of itself the score of the speaker's own turns rises. */
  readonly speaker: number;
  /** Which part of its score a message keeps for each time that the same text stands above it. */
  readonly repeats: number;
  /** The rank at which a ranking has lost half of its weight, less one. */
  readonly halfRank: number;
}

/** How to recall. */
export interface RecallOptions extends CallOptions {
  /** How many hits at most; 0 or absent means 10. At most 1,000. */
  readonly limit?: number | undefined;
  /** What kinds of things to look for; all of them when absent. */
  readonly kinds?: readonly RecallKind[] | undefined;
  /** Only messages of this session; then neither summaries nor facts are given. */
  readonly sessionId?: string | undefined;
  /** Only messages of these speakers; then neither summaries nor facts are given. */
  readonly roles?: readonly MessageRole[] | undefined;
  /** Only what was said, summed up or learned in this span of time. */
  readonly range?: TimeRange | undefined;
  /** The moment that "yesterday" is counted from, and age as well; the present one when absent. */
  readonly now?: Date | undefined;
  /**
   * How far the clock of whoever asks is ahead of UTC, in minutes: days begin by it.
   *
   * @default {0}
   */
  readonly utcOffsetMinutes?: number | undefined;
  /**
   * What a date in the question does: `prefer` lifts what was said then, `only` leaves out all else.
   *
   * @default {"prefer"}
   */
  readonly dates?: "prefer" | "only" | undefined;
  /** After how many days something counts half. Age does not matter when absent. */
  readonly halfLifeDays?: number | undefined;
  /** The moment at which facts must hold; the present or a date in the question when absent. */
  readonly validAt?: Date | undefined;
  /** How long a snippet of each hit to give, in characters; none when absent. At least 20. */
  readonly snippetLength?: number | undefined;
  /** Which parts to leave out. */
  readonly parts?: RecallParts | undefined;
  /** How much each part counts; what is left out counts as it always does. */
  readonly weights?: Partial<RecallWeights> | undefined;
}

/** How far something has come. */
export interface RecallProgress {
  /** What is being done. */
  readonly stage: "reading" | "learning" | "embedding";
  /** How many texts are done. */
  readonly done: number;
  /** How many texts there are. */
  readonly total: number;
}

/** Options of {@linkcode Recall.prepare}. */
export interface PrepareOptions extends CallOptions {
  /** Told now and then how far it has come. */
  readonly onProgress?: ((progress: RecallProgress) => void) | undefined;
  /**
   * Learns the latent model anew even if the workspace has not grown.
   *
   * @default {false}
   */
  readonly relearn?: boolean | undefined;
}

/** How ready a workspace is. */
export interface RecallStatus {
  /** How many messages, summaries and facts can be found by meaning and neighbours. */
  readonly documents: number;
  /** How many texts the latent model was learned from; 0 without one. */
  readonly learnedFrom: number;
  /** The embedding model in use; undefined without one, or while its first embeddings are made. */
  readonly embedding:
    | { readonly model: string; readonly dimensions: number }
    | undefined;
  /** What is being done just now, if anything. */
  readonly progress: RecallProgress | undefined;
  /** Why the last work in the background failed, if it did. A sentence for people. */
  readonly problem: string | undefined;
}

/** Finds what was said, summed up and learned in workspaces. */
export interface Recall extends AsyncDisposable {
  /**
   * Answers a question with what the workspace holds, the best first.
   *
   * The query is what a person types, as for `MessageStore.search`: `"words in quotes"` must stand
   * together to count, and what holds a `-word` is left out. A query that holds neither a word nor a
   * date finds nothing. What was written a moment ago is found.
   *
   * Reads the workspace when it is first asked for. Learning and embedding are begun in the background
   * when they are due; until they are done, the answer is given without them.
   *
   * @throws {StoreError} With code `invalid_input` when an argument is malformed, `closed` when it has
   *   been closed, and with the codes of the stores beneath.
   */
  recall(workspaceId: string, query: string, options?: RecallOptions): Promise<RecallAnswer>;

  /**
   * Learns and embeds what is due, and waits until it is done.
   *
   * What an earlier call has embedded is not embedded again, even when it was cut off halfway.
   *
   * @throws {StoreError} With code `dimension_mismatch` when the embedder gives embeddings of several
   *   lengths, `unavailable` when it fails, `closed`, and with the codes of the stores beneath.
   */
  prepare(workspaceId: string, options?: PrepareOptions): Promise<RecallStatus>;

  /** Tells how ready a workspace is. */
  status(workspaceId: string): RecallStatus;

  /** Ends what runs in the background and closes what it opened, but not the stores. Calling it again does nothing. */
  close(): Promise<void>;
}
