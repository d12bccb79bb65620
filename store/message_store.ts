// SPDX-License-Identifier: Apache-2.0

import type { Message, MessageInput } from "./message.ts";
import type { CallOptions, ListOptions, TimeRange } from "./options.ts";

/** How {@linkcode MessageStore.search} orders and limits what it finds. */
export interface SearchOptions extends ListOptions {
  /**
   * `relevance` puts the best match first (bm25); `newest` puts the latest first.
   *
   * @default {"relevance"}
   */
  readonly order?: "relevance" | "newest" | undefined;
  /** Only messages of this session. */
  readonly sessionId?: string | undefined;
  /** Only messages of these speakers. */
  readonly roles?: readonly Message["role"][] | undefined;
  /** Only messages of this span of time. */
  readonly range?: TimeRange | undefined;
}

/** A message found by {@linkcode MessageStore.search}. */
export interface MessageHit extends Message {
  /** How well it matches: higher is better. Comparable within one answer only. */
  readonly score: number;
}

/**
 * Keeps the messages of a workspace for good, and finds them by their words.
 *
 * The query is what a person types: words in any order, of which any may match (more matches rank
 * higher); `"words in quotes"` must stand together; `-word` must not occur; `high-speed` asks for both
 * of its words, and `"high-speed"` for the two together. Words are compared by
 * stem, without regard to case or accents. A query that holds nothing to look for finds nothing.
 */
export interface MessageStore extends AsyncDisposable {
  /**
   * Adds a message to a workspace.
   *
   * @throws {StoreError} With code `conflict` when the workspace holds that id, `invalid_input` when
   *   a field is malformed.
   */
  append(workspaceId: string, message: MessageInput, options?: CallOptions): Promise<void>;

  /** Finds messages by their words, the best match first; ties newest first. */
  search(
    workspaceId: string,
    query: string,
    options?: SearchOptions,
  ): Promise<readonly MessageHit[]>;

  /**
   * Gives the messages of a span of time, oldest first; ties in the order of appending.
   *
   * Unlike other lists it has no limit unless one is given.
   */
  getRange(
    workspaceId: string,
    range: TimeRange,
    options?: ListOptions,
  ): Promise<readonly Message[]>;

  /** Gives the number of messages in a workspace. */
  count(workspaceId: string, options?: CallOptions): Promise<number>;

  /**
   * Removes all but the newest `keepLast` messages.
   *
   * @returns How many went.
   */
  trim(workspaceId: string, keepLast: number, options?: CallOptions): Promise<number>;

  /** Gives the oldest `n` messages, oldest first; ties in the order of appending. */
  getOldest(workspaceId: string, n: number, options?: CallOptions): Promise<readonly Message[]>;

  /**
   * Removes exactly these messages. Ids that the workspace does not hold are passed over.
   *
   * @returns How many went.
   */
  deleteByIds(workspaceId: string, ids: readonly string[], options?: CallOptions): Promise<number>;

  /** Writes what is pending and closes. Calling it again does nothing. */
  close(): Promise<void>;
}
