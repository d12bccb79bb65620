// SPDX-License-Identifier: Apache-2.0

import type { Message, MessageStore, WorkspaceStores } from "@sigil/store";
import { hasCode } from "./_failure.ts";
import { isMemoryResult } from "./is_memory_result.ts";
import type { RecentIds } from "./_recent_ids.ts";
import { cleanText } from "./_text.ts";

/** A message before it has an id and a time. */
export type Draft =
  & Pick<Message, "role" | "content">
  & Partial<Pick<Message, "toolCallId" | "toolName" | "metadata">>;

/** What a {@linkcode Transcript} needs. */
export interface TranscriptOptions {
  readonly stores: WorkspaceStores;
  readonly workspaceId: string;
  readonly sessionId: string;
  /** The session's last message; undefined when it has none. */
  readonly last: Message | undefined;
  readonly now: () => Date;
  readonly newId: () => string;
  /** Told which messages are in memory, by their {@linkcode memoryKey}. */
  readonly remembered: RecentIds;
}

/**
 * Writes the messages of a turn down, each in memory and then in the session.
 *
 * Memory comes first, so that whatever a session holds can be found by search, even when the process
 * dies between the two. What came out of memory is not put into it again.
 */
export class Transcript {
  readonly #options: TranscriptOptions;
  readonly #added: Message[] = [];

  constructor(options: TranscriptOptions) {
    this.#options = options;
  }

  /** The messages of this turn, oldest first. */
  get added(): readonly Message[] {
    return this.#added;
  }

  /**
   * Writes a message down; it is durable once this resolves.
   *
   * @param also What else changes in the session: stores keep both in one commit, if they can.
   */
  async append(draft: Draft, also?: () => Promise<void>): Promise<Message> {
    const { stores, workspaceId, sessionId, newId, remembered } = this.#options;
    const message: Message = {
      id: newId(),
      sessionId,
      role: draft.role,
      content: draft.role === "user" ? draft.content : cleanText(draft.content),
      toolCallId: draft.toolCallId ?? "",
      toolName: draft.toolName ?? "",
      createdAt: this.#nextMoment(),
      metadata: draft.metadata ?? {},
    };
    await keepInMemory(stores.memory.messages, workspaceId, message);
    remembered.add(memoryKey(workspaceId, message.id));
    const appended = stores.sessions.appendMessage(sessionId, message);
    // A moment later: so the messages of turns that got here together lie side by side in the queue of the
    // store, which then adds them with one statement.
    await Promise.all([appended, also && Promise.resolve().then(also)]);
    this.#added.push(message);
    return message;
  }

  /** Later than every message before, whatever the clock does: windows are ordered by time. */
  #nextMoment(): Date {
    const { now, last } = this.#options;
    const before = this.#added.at(-1) ?? last;
    const earliest = before === undefined ? 0 : before.createdAt.getTime() + 1;
    return new Date(Math.max(now().getTime(), earliest));
  }
}

/** Names a message among those of all workspaces. */
export function memoryKey(workspaceId: string, messageId: string): string {
  return JSON.stringify([workspaceId, messageId]);
}

/** Adds a message to searchable memory, unless it is there, or comes from there. */
export async function keepInMemory(
  messages: MessageStore,
  workspaceId: string,
  message: Message,
): Promise<void> {
  if (isMemoryResult(message)) return;
  try {
    await messages.append(workspaceId, message);
  } catch (error) {
    if (!hasCode(error, "conflict")) throw error;
  }
}
