// SPDX-License-Identifier: Apache-2.0

import type { Message, MessageInput } from "./message.ts";
import type { CallOptions, ListOptions } from "./options.ts";

/** Whether a session takes part in conversation. */
export type SessionStatus = "active" | "paused" | "archived";

/** Every {@linkcode SessionStatus}. */
export const SESSION_STATUSES: readonly SessionStatus[] = ["active", "paused", "archived"];

/** How many tool calls a session may make. A limit of 0 means no limit of its own. */
export interface ToolBudget {
  /** Calls allowed in one turn. */
  readonly maxCallsPerTurn: number;
  /** Calls allowed in the whole session. */
  readonly maxCallsPerSession: number;
  /** Calls made so far. */
  readonly used: number;
}

/** How many tokens a session may use. A limit of 0 means no limit of its own. */
export interface TokenBudget {
  /** Tokens allowed in the whole session. */
  readonly maxPerSession: number;
  /** Tokens allowed in an hour. */
  readonly maxPerHour: number;
  /** Tokens allowed in a day. */
  readonly maxPerDay: number;
  /** Tokens used in the session. */
  readonly usedSession: number;
  /** Tokens used in this hour. */
  readonly usedHour: number;
  /** Tokens used in this day. */
  readonly usedDay: number;
}

/** One conversation of one user in one workspace. */
export interface Session {
  /** Unique in its store. */
  readonly id: string;
  /** The workspace that it belongs to. */
  readonly workspaceId: string;
  /** The user that it belongs to. */
  readonly userId: string;
  /** What was said before the active window, in short; empty at first. */
  readonly summary: string;
  /** When older messages were last rolled into memory; null before the first time. */
  readonly lastCompaction: Date | null;
  /** A model that replaces the workspace's; empty for none. */
  readonly modelOverride: string;
  /** Limits on tool calls. */
  readonly toolBudget: ToolBudget;
  /** Limits on tokens. */
  readonly tokenBudget: TokenBudget;
  /** Whether it takes part in conversation. */
  readonly status: SessionStatus;
  /** When it began, to the millisecond. */
  readonly createdAt: Date;
  /** When it last changed, to the millisecond. */
  readonly updatedAt: Date;
}

/** A {@linkcode Session} as it is handed in: what is left out is empty, zero, `active` or now. */
export type SessionInput =
  & Pick<Session, "id" | "workspaceId" | "userId">
  & {
    readonly [
      Key in Exclude<keyof Session, "id" | "workspaceId" | "userId" | "toolBudget" | "tokenBudget">
    ]?:
      | Session[Key]
      | undefined;
  }
  & {
    /** Limits on tool calls; what is left out is 0. */
    readonly toolBudget?: Partial<ToolBudget> | undefined;
    /** Limits on tokens; what is left out is 0. */
    readonly tokenBudget?: Partial<TokenBudget> | undefined;
  };

/** What may change of a session, and to what. */
export type SessionChanges = Partial<Omit<Session, "id" | "workspaceId" | "userId" | "createdAt">>;

/**
 * Keeps sessions and the messages of each: the active window that a model sees.
 *
 * A resolved write survives the death of the process.
 */
export interface SessionStore extends AsyncDisposable {
  /**
   * Adds a session.
   *
   * @throws {StoreError} With code `conflict` when the id is taken, `invalid_input` when a field is malformed.
   */
  createSession(session: SessionInput, options?: CallOptions): Promise<void>;

  /**
   * Gives the session with that id.
   *
   * @throws {StoreError} With code `not_found`.
   */
  getSession(id: string, options?: CallOptions): Promise<Session>;

  /**
   * Replaces every field of a session but `createdAt`. Its id, workspace and user cannot change.
   *
   * @throws {StoreError} With code `not_found`, `invalid_input`, or `conflict` when the workspace or
   *   the user differs from the stored one.
   */
  updateSession(session: SessionInput, options?: CallOptions): Promise<void>;

  /**
   * Changes some fields of a session as it is stored at that moment: no other write comes in between.
   *
   * @param change Gives what changes; `updatedAt` is now unless it is given. Without side effects: it
   *   may be called more than once.
   * @throws {StoreError} With code `not_found` or `invalid_input`; or what `change` throws.
   */
  changeSession(
    id: string,
    change: (stored: Session) => SessionChanges,
    options?: CallOptions,
  ): Promise<void>;

  /** Lists the sessions of a workspace, the most recently updated first, ties by id. */
  listSessions(workspaceId: string, options?: ListOptions): Promise<readonly Session[]>;

  /**
   * Removes a session and its messages.
   *
   * @throws {StoreError} With code `not_found`.
   */
  deleteSession(id: string, options?: CallOptions): Promise<void>;

  /**
   * Adds a message to a session. Its `sessionId` may be left out, and must be this session when given.
   *
   * @throws {StoreError} With code `not_found` when there is no such session, `conflict` when the
   *   message id is taken, `invalid_input` when a field is malformed.
   */
  appendMessage(sessionId: string, message: MessageInput, options?: CallOptions): Promise<void>;

  /**
   * Gives the newest `limit` messages of a session, oldest first; ties in the order of appending.
   *
   * A session that does not exist has no messages.
   *
   * @param limit How many at most; 0 gives none. At most 10,000.
   */
  getActiveWindow(
    sessionId: string,
    limit: number,
    options?: CallOptions,
  ): Promise<readonly Message[]>;

  /**
   * Removes exactly these messages from a session, as when they have been rolled into memory.
   *
   * Ids that the session does not hold are passed over.
   *
   * @returns How many went.
   */
  deleteMessages(sessionId: string, ids: readonly string[], options?: CallOptions): Promise<number>;

  /** Gives the number of messages that a session holds; 0 for a session that does not exist. */
  countMessages(sessionId: string, options?: CallOptions): Promise<number>;

  /** Writes what is pending and closes. Calling it again does nothing. */
  close(): Promise<void>;
}
