// SPDX-License-Identifier: Apache-2.0

import type { Message } from "../message.ts";
import type { Session } from "../session_store.ts";
import type { Database } from "./_database.ts";

/** How much is kept of all sessions together, in characters. */
const MAX_WEIGHT = 4 * 1024 * 1024;
/** How much of it one session may take: longer windows are read anew each time. */
const MAX_SESSION_WEIGHT = MAX_WEIGHT / 16;
/** About what an object takes beyond its text. */
const OBJECT_WEIGHT = 400;

/** The newest messages of a session, oldest first. */
interface Window {
  readonly messages: Message[];
  /** How many were asked for. */
  readonly limit: number;
  /** Whether the session has no others. */
  isWhole: boolean;
}

/** What is known of a session. */
interface Known {
  session?: Session;
  window?: Window;
  weight: number;
}

/**
 * The sessions that are talked in, as they lie in the file: each turn asks for what the turn before
 * has written.
 *
 * Nothing is given of a session that a write of this store waits for, nor after another connection has
 * written to the file. What is given are copies, and what is taken in is nobody else's.
 */
export class SessionCache {
  readonly #database: Database;
  /** The least recently used first. */
  readonly #known = new Map<string, Known>();
  /** How many writes each session waits for. */
  readonly #writes = new Map<string, number>();
  #weight = 0;
  #version = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Gives a session. */
  findSession(id: string): Session | undefined {
    const session = this.#find(id)?.session;
    return session && copySession(session);
  }

  /** Gives the newest messages of a session, oldest first. */
  findWindow(id: string, limit: number): readonly Message[] | undefined {
    const window = this.#find(id)?.window;
    if (window === undefined) return undefined;
    const { messages, isWhole } = window;
    const isEnough = isWhole || messages.length >= limit;
    if (!isEnough) return undefined;
    return messages.slice(Math.max(0, messages.length - limit)).map(copyMessage);
  }

  /** Gives the number of messages of a session. */
  countMessages(id: string): number | undefined {
    const window = this.#find(id)?.window;
    return window?.isWhole ? window.messages.length : undefined;
  }

  /** Takes in a session as it was just read. */
  keepSession(session: Session): void {
    if (this.#writes.has(session.id)) return;
    this.#put(session.id, { ...this.#known.get(session.id), session: copySession(session) });
  }

  /** Takes in the newest messages of a session as they were just read: all that were asked for. */
  keepWindow(id: string, messages: readonly Message[], limit: number): void {
    if (this.#writes.has(id)) return;
    const window = {
      messages: messages.map(copyMessage),
      limit,
      isWhole: messages.length < limit,
    };
    this.#put(id, { ...this.#known.get(id), window });
  }

  /**
   * Runs a write to a session. Until it is over, nothing is known of that session; then, if it was
   * committed, what it changed.
   */
  async write<T>(id: string, run: () => Promise<T>, learn: (value: T) => void): Promise<T> {
    this.#writes.set(id, (this.#writes.get(id) ?? 0) + 1);
    try {
      const value = await run();
      learn(value);
      return value;
    } finally {
      const others = (this.#writes.get(id) ?? 1) - 1;
      if (others === 0) this.#writes.delete(id);
      else this.#writes.set(id, others);
    }
  }

  /** Learns that a session was changed. */
  changed(session: Session): void {
    const known = this.#known.get(session.id);
    if (known !== undefined) this.#put(session.id, { ...known, session });
  }

  /** Learns that a message was added. */
  added(id: string, message: Message): void {
    const known = this.#known.get(id);
    if (known?.window === undefined) return;
    const { messages, limit } = known.window;
    const last = messages.at(-1);
    if (last !== undefined && last.createdAt > message.createdAt) return this.forget(id);
    messages.push(message);
    if (messages.length > 2 * limit) {
      messages.splice(0, messages.length - limit);
      known.window.isWhole = false;
    }
    this.#put(id, known);
  }

  /** Learns that messages were removed. */
  removed(id: string, ids: readonly string[]): void {
    const known = this.#known.get(id);
    if (known?.window === undefined) return;
    const gone = new Set(ids);
    const messages = known.window.messages.filter((message) => !gone.has(message.id));
    this.#put(id, { ...known, window: { ...known.window, messages } });
  }

  /** Knows nothing of a session any more. */
  forget(id: string): void {
    this.#weight -= this.#known.get(id)?.weight ?? 0;
    this.#known.delete(id);
  }

  #find(id: string): Known | undefined {
    if (this.#writes.has(id)) return undefined;
    const version = this.#database.foreignVersion();
    if (version !== this.#version) {
      this.#version = version;
      this.#known.clear();
      this.#weight = 0;
    }
    const known = this.#known.get(id);
    if (known === undefined) return undefined;
    this.#known.delete(id);
    this.#known.set(id, known);
    return known;
  }

  #put(id: string, { session, window }: Omit<Known, "weight">): void {
    this.forget(id);
    const weight = weigh(session, window);
    if (weight > MAX_SESSION_WEIGHT) return;
    this.#known.set(id, { ...(session && { session }), ...(window && { window }), weight });
    this.#weight += weight;
    for (const oldest of this.#known.keys()) {
      if (this.#weight <= MAX_WEIGHT) return;
      this.forget(oldest);
    }
  }
}

function weigh(session: Session | undefined, window: Window | undefined): number {
  const messages = window?.messages ?? [];
  const texts = messages.reduce((sum, { content }) => sum + content.length, 0);
  return (messages.length + 2) * OBJECT_WEIGHT + texts + (session?.summary.length ?? 0);
}

function copySession(session: Session): Session {
  const { toolBudget, tokenBudget, lastCompaction, createdAt, updatedAt } = session;
  return {
    ...session,
    toolBudget: { ...toolBudget },
    tokenBudget: { ...tokenBudget },
    lastCompaction: lastCompaction && new Date(lastCompaction),
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  };
}

function copyMessage(message: Message): Message {
  const { metadata, createdAt } = message;
  return { ...message, metadata: { ...metadata }, createdAt: new Date(createdAt) };
}
