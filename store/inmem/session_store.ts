// SPDX-License-Identifier: Apache-2.0

import { cannot, type Task } from "../_cannot.ts";
import { completeMessage, completeSession } from "../_complete.ts";
import { checkCount, checkKey, checkKeys, checkLimit, MAX_LIMIT } from "../_validate.ts";
import type { Message, MessageInput } from "../message.ts";
import type { CallOptions, ListOptions } from "../options.ts";
import type { Session, SessionChanges, SessionInput, SessionStore } from "../session_store.ts";
import { Guard } from "./_guard.ts";
import { compareText, page } from "../_order.ts";

/**
 * Opens a session store that forgets everything when it is closed. Requires no permission.
 *
 * @example Usage
 * ```ts
 * import { openSessionStore } from "@sigil/store/inmem";
 *
 * await using store = await openSessionStore();
 * await store.createSession({ id: "s1", workspaceId: "home", userId: "ada" });
 * ```
 */
export async function openSessionStore(): Promise<SessionStore> {
  return new InmemSessionStore();
}

class InmemSessionStore implements SessionStore {
  readonly #guard = new Guard();
  readonly #sessions = new Map<string, Session>();
  readonly #messages = new Map<string, Message[]>();
  readonly #messageIds = new Set<string>();

  async createSession(input: SessionInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "create session", subject: input.id };
    const session = completeSession(task, input);
    this.#guard.check(task, options);
    if (this.#sessions.has(session.id)) throw cannot(task, "conflict", "that id is already taken");
    this.#sessions.set(session.id, structuredClone(session));
    this.#messages.set(session.id, []);
  }

  async getSession(id: string, options: CallOptions = {}): Promise<Session> {
    const task = { action: "get session", subject: id };
    checkKey(task, "id", id);
    this.#guard.check(task, options);
    return structuredClone(this.#find(task, id));
  }

  async updateSession(input: SessionInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "update session", subject: input.id };
    const session = completeSession(task, { updatedAt: new Date(), ...input });
    this.#guard.check(task, options);
    this.#put(task, this.#find(task, session.id), session);
  }

  async changeSession(
    id: string,
    change: (stored: Session) => SessionChanges,
    options: CallOptions = {},
  ): Promise<void> {
    const task = { action: "change session", subject: id };
    checkKey(task, "id", id);
    this.#guard.check(task, options);
    const stored = this.#find(task, id);
    const changes = change(structuredClone(stored));
    const session = completeSession(task, { ...stored, updatedAt: new Date(), ...changes });
    this.#put(task, stored, session);
  }

  async listSessions(workspaceId: string, options: ListOptions = {}): Promise<readonly Session[]> {
    const task = { action: "list sessions of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    const limit = checkLimit(task, options.limit);
    const offset = checkCount(task, "offset", options.offset ?? 0);
    this.#guard.check(task, options);
    const sessions = [...this.#sessions.values()]
      .filter((session) => session.workspaceId === workspaceId)
      .sort((left, right) =>
        right.updatedAt.getTime() - left.updatedAt.getTime() || compareText(left.id, right.id)
      );
    return structuredClone(page(sessions, limit, offset));
  }

  async deleteSession(id: string, options: CallOptions = {}): Promise<void> {
    const task = { action: "delete session", subject: id };
    checkKey(task, "id", id);
    this.#guard.check(task, options);
    this.#find(task, id);
    for (const message of this.#messages.get(id) ?? []) this.#messageIds.delete(message.id);
    this.#messages.delete(id);
    this.#sessions.delete(id);
  }

  async appendMessage(
    sessionId: string,
    input: MessageInput,
    options: CallOptions = {},
  ): Promise<void> {
    const task = { action: "append message", subject: input.id };
    checkKey(task, "sessionId", sessionId);
    const message = completeMessage(task, input, sessionId);
    this.#guard.check(task, options);
    const messages = this.#messages.get(sessionId);
    if (messages === undefined) {
      throw cannot(task, "not_found", `no session has the id ${JSON.stringify(sessionId)}`);
    }
    if (this.#messageIds.has(message.id)) {
      throw cannot(task, "conflict", "that id is already taken");
    }
    this.#messageIds.add(message.id);
    messages.push(structuredClone(message));
    messages.sort((left, right) => left.createdAt.getTime() - right.createdAt.getTime());
  }

  async getActiveWindow(
    sessionId: string,
    limit: number,
    options: CallOptions = {},
  ): Promise<readonly Message[]> {
    const task = { action: "get active window of session", subject: sessionId };
    checkKey(task, "sessionId", sessionId);
    checkCount(task, "limit", limit, MAX_LIMIT);
    this.#guard.check(task, options);
    const messages = this.#messages.get(sessionId) ?? [];
    return structuredClone(messages.slice(Math.max(0, messages.length - limit)));
  }

  async deleteMessages(
    sessionId: string,
    ids: readonly string[],
    options: CallOptions = {},
  ): Promise<number> {
    const task = { action: "delete messages of session", subject: sessionId };
    checkKey(task, "sessionId", sessionId);
    const unwanted = new Set(checkKeys(task, "ids", ids));
    this.#guard.check(task, options);
    const messages = this.#messages.get(sessionId) ?? [];
    const kept = messages.filter((message) => !unwanted.has(message.id));
    for (const message of messages) {
      if (unwanted.has(message.id)) this.#messageIds.delete(message.id);
    }
    if (this.#messages.has(sessionId)) this.#messages.set(sessionId, kept);
    return messages.length - kept.length;
  }

  async countMessages(sessionId: string, options: CallOptions = {}): Promise<number> {
    const task = { action: "count messages of session", subject: sessionId };
    checkKey(task, "sessionId", sessionId);
    this.#guard.check(task, options);
    return this.#messages.get(sessionId)?.length ?? 0;
  }

  async close(): Promise<void> {
    this.#guard.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #put(task: Task, stored: Session, session: Session): void {
    for (const field of ["workspaceId", "userId"] as const) {
      if (stored[field] !== session[field]) {
        throw cannot(task, "conflict", `its ${field} cannot change`);
      }
    }
    this.#sessions.set(session.id, structuredClone({ ...session, createdAt: stored.createdAt }));
  }

  #find(task: Task, id: string): Session {
    const session = this.#sessions.get(id);
    if (session === undefined) throw cannot(task, "not_found", "no session has that id");
    return session;
  }
}
