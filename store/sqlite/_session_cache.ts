// SPDX-License-Identifier: Apache-2.0

import type { Database } from "./_database.ts";
import { ForeignWrites } from "./_foreign_writes.ts";
import type { MessageRow } from "./_message_row.ts";
import { IdFilter } from "./_id_filter.ts";
import { RecentIds } from "./_recent_ids.ts";
import type { SessionRow } from "./_session_row.ts";

/** How much is kept of all sessions together, in characters. */
const MAX_WEIGHT = 4 * 1024 * 1024;
/** How much of it one session may take: longer windows are read anew each time. */
const MAX_SESSION_WEIGHT = MAX_WEIGHT / 16;
/** About what a row takes beyond its text. */
const ROW_WEIGHT = 400;

// Where in a row of a session or a message something stands.
const SUMMARY = 3;
const CONTENT = 2;
const CREATED_AT = 5;
const METADATA = 6;

/** The newest messages of a session, oldest first. */
interface Window {
  readonly messages: MessageRow[];
  /** How many were asked for. */
  readonly limit: number;
  /** Whether the session has no others. */
  isWhole: boolean;
}

/** What is known of a session. */
interface Known {
  session: SessionRow | undefined;
  readonly window: Window | undefined;
  weight: number;
}

/**
 * The sessions that are talked in, as they lie in the file: each turn asks for what the turn before
 * has written.
 *
 * Nothing is given of a session that a write of this store waits for, nor after another connection has
 * written to the file. It holds rows, which nobody changes: each caller is given objects of its own, and
 * to take in what was just read costs next to nothing.
 */
export class SessionCache {
  readonly #foreign: ForeignWrites;
  /** The least recently used first. */
  readonly #known = new Map<string, Known>();
  readonly #knownIds = new IdFilter();
  /** The sessions that a write waits for. */
  readonly #writes = new Map<string, WriteHold>();
  readonly #seen = new RecentIds();
  #weight = 0;

  constructor(database: Database) {
    this.#foreign = new ForeignWrites(database);
  }

  /** Gives a session. */
  findSession(id: string): SessionRow | undefined {
    return this.#find(id)?.session;
  }

  /** Gives the newest messages of a session, oldest first. */
  findWindow(id: string, limit: number): readonly MessageRow[] | undefined {
    const window = this.#find(id)?.window;
    if (window === undefined) return undefined;
    const { messages, isWhole } = window;
    const isEnough = isWhole || messages.length >= limit;
    if (!isEnough) return undefined;
    return messages.slice(Math.max(0, messages.length - limit));
  }

  /** Gives the number of messages of a session. */
  countMessages(id: string): number | undefined {
    const window = this.#find(id)?.window;
    return window?.isWhole ? window.messages.length : undefined;
  }

  /** Takes in a session as it was just read, if it was read before. */
  keepSession(session: SessionRow): void {
    const [id] = session;
    if (!this.#isWorthKeeping(id)) return;
    this.#put(id, session, this.#known.get(id)?.window);
  }

  /**
   * Takes in the newest messages of a session as they were just read, all that were asked for, if it was
   * read before.
   */
  keepWindow(id: string, messages: readonly MessageRow[], limit: number): void {
    if (!this.#isWorthKeeping(id)) return;
    const window = { messages: [...messages], limit, isWhole: messages.length < limit };
    this.#put(id, this.#known.get(id)?.session, window);
  }

  /**
   * To be held while a write to a session waits. Until then nothing is known of that session; what the
   * write changed has to be learnt before it is let go.
   */
  holdWrite(id: string): WriteHold {
    let hold = this.#writes.get(id);
    if (hold === undefined) this.#writes.set(id, hold = new WriteHold(id, this.#writes));
    hold.begin();
    return hold;
  }

  /** Learns that a session was changed. */
  changed(session: SessionRow): void {
    const [id] = session;
    const known = this.#known.get(id);
    if (known === undefined) return;
    const more = weighSession(session) - weighSession(known.session);
    known.session = session;
    this.#grow(id, known, more);
  }

  /** Learns that a message was added. */
  added(id: string, message: MessageRow): void {
    const known = this.#known.get(id);
    if (known?.window === undefined) return;
    const { messages, limit } = known.window;
    const last = messages.at(-1);
    if (last !== undefined && last[CREATED_AT] > message[CREATED_AT]) return this.forget(id);
    messages.push(message);
    if (messages.length <= 2 * limit) return this.#grow(id, known, weighMessage(message));
    messages.splice(0, messages.length - limit);
    known.window.isWhole = false;
    this.#put(id, known.session, known.window);
  }

  /** Learns that messages were removed. */
  removed(id: string, ids: readonly string[]): void {
    const known = this.#known.get(id);
    if (known?.window === undefined) return;
    const gone = new Set(ids);
    const messages = known.window.messages.filter(([message]) => !gone.has(message));
    this.#put(id, known.session, { ...known.window, messages });
  }

  /** Knows nothing of a session any more. */
  forget(id: string): void {
    const known = this.#known.get(id);
    if (known === undefined) return;
    this.#known.delete(id);
    this.#knownIds.remove(id);
    this.#weight -= known.weight;
  }

  /** Who goes through all sessions once should not put out those that are talked in. */
  #isWorthKeeping(id: string): boolean {
    if (this.#isWritten(id)) return false;
    return this.#seen.hasOrAdd(id) || (this.#knownIds.mayHave(id) && this.#known.has(id));
  }

  #find(id: string): Known | undefined {
    if (!this.#knownIds.mayHave(id)) return undefined;
    const known = this.#known.get(id);
    if (known === undefined || this.#isWritten(id) || this.#isForgotten()) return undefined;
    this.#known.delete(id);
    this.#known.set(id, known);
    return known;
  }

  #isWritten(id: string): boolean {
    return this.#writes.size > 0 && this.#writes.has(id);
  }

  /** Forgets all if another connection has written. What is taken in meanwhile only goes too soon. */
  #isForgotten(): boolean {
    if (!this.#foreign.happened()) return false;
    this.#known.clear();
    this.#knownIds.clear();
    this.#weight = 0;
    return true;
  }

  #put(id: string, session: SessionRow | undefined, window: Window | undefined): void {
    this.forget(id);
    const known = { session, window, weight: 0 };
    this.#known.set(id, known);
    this.#knownIds.add(id);
    this.#grow(id, known, weigh(session, window));
  }

  #grow(id: string, known: Known, weight: number): void {
    known.weight += weight;
    this.#weight += weight;
    if (known.weight > MAX_SESSION_WEIGHT) this.forget(id);
    if (this.#weight <= MAX_WEIGHT) return;
    for (const oldest of this.#known.keys()) {
      if (this.#weight <= MAX_WEIGHT) return;
      this.forget(oldest);
    }
  }
}

/** The writes that a session waits for, of which there may be many at once. */
class WriteHold {
  readonly #id: string;
  readonly #holds: Map<string, WriteHold>;
  #writes = 0;

  constructor(id: string, holds: Map<string, WriteHold>) {
    this.#id = id;
    this.#holds = holds;
  }

  begin(): void {
    this.#writes++;
  }

  /** Lets one of them go. */
  end(): void {
    if (--this.#writes === 0) this.#holds.delete(this.#id);
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

function weigh(session: SessionRow | undefined, window: Window | undefined): number {
  const messages = window?.messages ?? [];
  const own = weighSession(session);
  return messages.reduce((weight, message) => weight + weighMessage(message), own);
}

function weighSession(session: SessionRow | undefined): number {
  return ROW_WEIGHT + (session?.[SUMMARY].length ?? 0);
}

function weighMessage(message: MessageRow): number {
  return ROW_WEIGHT + message[CONTENT].length + message[METADATA].length;
}
