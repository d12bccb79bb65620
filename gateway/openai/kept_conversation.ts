// SPDX-License-Identifier: Apache-2.0

import type { Message } from "@sigil/store";
import type { ShownStores } from "../services.ts";
import {
  type ConversationOwner,
  inTurn,
  isSame,
  saidUpToLastAnswer,
  type Spoken,
} from "./conversations.ts";
import type { ChatCompletionMessage } from "./schemas.ts";

/** How many of a workspace's sessions, those used last, are looked into. */
const MAX_SESSIONS = 50;

const MAX_MESSAGES = 200;

/**
 * Finds the session in which this was said in what is kept, as after a restart, when no conversation
 * is known by its words. What a session has rolled into memory is not compared.
 */
export async function findKeptConversation(
  sessions: Pick<ShownStores["sessions"], "listSessions" | "getActiveWindow">,
  { userId, workspaceId }: ConversationOwner,
  messages: readonly ChatCompletionMessage[],
): Promise<string | undefined> {
  const said = saidUpToLastAnswer(messages);
  if (said === undefined) return undefined;
  const recent = await sessions.listSessions(workspaceId, { limit: MAX_SESSIONS });
  for (const { id } of recent.filter((session) => session.userId === userId)) {
    const kept = turnsOf(await sessions.getActiveWindow(id, MAX_MESSAGES));
    if (kept.length > 0 && isEndOf(said, kept)) return id;
  }
  return undefined;
}

function isEndOf(said: readonly Spoken[], kept: readonly Spoken[]): boolean {
  const start = said.length - kept.length;
  return start >= 0 && isSame(said.slice(start), kept);
}

/** What a client was told of. The window may begin in the middle of an answer, which is left out. */
function turnsOf(window: readonly Message[]): readonly Spoken[] {
  const first = window.findIndex(({ role }) => role === "user");
  return first === -1 ? [] : inTurn(window.slice(first));
}
