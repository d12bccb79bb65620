// SPDX-License-Identifier: Apache-2.0

import { checkSearch } from "../_arguments.ts";
import { cannot } from "../_cannot.ts";
import { completeMessage } from "../_complete.ts";
import { parseSearchQuery } from "../_search_query.ts";
import { checkCount, checkKey, checkKeys, checkRange, MAX_LIMIT } from "../_validate.ts";
import type { Message, MessageInput } from "../message.ts";
import type { MessageHit, MessageStore, SearchOptions } from "../message_store.ts";
import type { CallOptions, ListOptions, TimeRange } from "../options.ts";
import { rank, type Stems, stemsOf } from "./_bm25.ts";
import { Guard } from "./_guard.ts";
import { page } from "../_order.ts";

/** A message with what search needs of it. */
interface Entry {
  readonly message: Message;
  readonly stems: Stems;
  readonly number: number;
}

/**
 * Opens a message store that forgets everything when it is closed. Requires no permission.
 *
 * A search reads every message of the workspace: meant for tests and small uses.
 *
 * @example Usage
 * ```ts
 * import { openMessageStore } from "@sigil/store/inmem";
 *
 * await using store = await openMessageStore();
 * await store.append("home", { id: "m1", role: "user", content: "The boiler was serviced in May" });
 * const [hit] = await store.search("home", "boiler service");
 * ```
 */
export async function openMessageStore(): Promise<MessageStore> {
  return new InmemMessageStore();
}

class InmemMessageStore implements MessageStore {
  readonly #guard = new Guard();
  readonly #workspaces = new Map<string, Entry[]>();
  #lastNumber = 0;

  async append(workspaceId: string, input: MessageInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "append message", subject: input.id };
    checkKey(task, "workspaceId", workspaceId);
    const message = completeMessage(task, input);
    this.#guard.check(task, options);
    const entries = this.#entries(workspaceId);
    if (entries.some((entry) => entry.message.id === message.id)) {
      throw cannot(task, "conflict", "that id is already taken");
    }
    entries.push({
      message: structuredClone(message),
      stems: stemsOf(message.content),
      number: ++this.#lastNumber,
    });
    entries.sort(oldestFirst);
    this.#workspaces.set(workspaceId, entries);
  }

  async search(
    workspaceId: string,
    query: string,
    options: SearchOptions = {},
  ): Promise<readonly MessageHit[]> {
    const task = { action: "search messages of workspace", subject: workspaceId };
    const { limit, offset, order } = checkSearch(task, workspaceId, query, options);
    this.#guard.check(task, options);
    const entries = this.#entries(workspaceId);
    const scores = rank(parseSearchQuery(query), entries.map(({ stems }) => stems));
    const hits = entries
      .map((entry, index) => ({ entry, score: scores[index] }))
      .filter((hit): hit is { entry: Entry; score: number } => hit.score !== undefined)
      .filter(({ entry }) => isAskedFor(entry.message, options))
      .sort((left, right) =>
        order === "newest"
          ? oldestFirst(right.entry, left.entry)
          : right.score - left.score || right.entry.number - left.entry.number
      );
    return page(hits, limit, offset).map(({ entry, score }) => ({
      ...structuredClone(entry.message),
      score,
    }));
  }

  async getRange(
    workspaceId: string,
    range: TimeRange,
    options: ListOptions = {},
  ): Promise<readonly Message[]> {
    const task = { action: "get messages of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    const { from, to } = checkRange(task, range);
    const limit = checkCount(task, "limit", options.limit ?? 0) || Infinity;
    const offset = checkCount(task, "offset", options.offset ?? 0);
    this.#guard.check(task, options);
    const messages = this.#messages(workspaceId).filter(({ createdAt }) =>
      createdAt >= from && createdAt < to
    );
    return structuredClone(page(messages, limit, offset));
  }

  async count(workspaceId: string, options: CallOptions = {}): Promise<number> {
    const task = { action: "count messages of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    this.#guard.check(task, options);
    return this.#entries(workspaceId).length;
  }

  async trim(workspaceId: string, keepLast: number, options: CallOptions = {}): Promise<number> {
    const task = { action: "trim messages of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    checkCount(task, "keepLast", keepLast);
    this.#guard.check(task, options);
    return this.#entries(workspaceId).splice(
      0,
      Math.max(0, this.#entries(workspaceId).length - keepLast),
    ).length;
  }

  async getOldest(
    workspaceId: string,
    n: number,
    options: CallOptions = {},
  ): Promise<readonly Message[]> {
    const task = { action: "get oldest messages of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    checkCount(task, "n", n, MAX_LIMIT);
    this.#guard.check(task, options);
    return structuredClone(this.#messages(workspaceId).slice(0, n));
  }

  async deleteByIds(
    workspaceId: string,
    ids: readonly string[],
    options: CallOptions = {},
  ): Promise<number> {
    const task = { action: "delete messages of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    const unwanted = new Set(checkKeys(task, "ids", ids));
    this.#guard.check(task, options);
    const entries = this.#entries(workspaceId);
    const kept = entries.filter(({ message }) => !unwanted.has(message.id));
    this.#workspaces.set(workspaceId, kept);
    return entries.length - kept.length;
  }

  async close(): Promise<void> {
    this.#guard.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #entries(workspaceId: string): Entry[] {
    return this.#workspaces.get(workspaceId) ?? [];
  }

  #messages(workspaceId: string): Message[] {
    return this.#entries(workspaceId).map(({ message }) => message);
  }
}

function oldestFirst(left: Entry, right: Entry): number {
  return left.message.createdAt.getTime() - right.message.createdAt.getTime() ||
    left.number - right.number;
}

function isAskedFor(message: Message, { sessionId, roles, range }: SearchOptions): boolean {
  if (sessionId !== undefined && message.sessionId !== sessionId) return false;
  if (roles !== undefined && !roles.includes(message.role)) return false;
  return range === undefined || (message.createdAt >= range.from && message.createdAt < range.to);
}
