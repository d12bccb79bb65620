// SPDX-License-Identifier: Apache-2.0

import { isBrought } from "@sigil/agent";
import type { Message, Session } from "@sigil/store";
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
  for (const session of recent.filter((each) => each.userId === userId)) {
    const window = await sessions.getActiveWindow(session.id, MAX_MESSAGES);
    const kept = turnsOf(window);
    const isKept = isWhole(session, window) ? isSame(said, kept) : isEndOf(said, kept);
    if (kept.length > 0 && isKept) return session.id;
  }
  return undefined;
}

/**
 * Whether a window is all that was said in a session. A conversation that only ends alike is another one
 * then: to go on there would lose what it began with.
 */
function isWhole({ lastCompaction }: Session, window: readonly Message[]): boolean {
  const [first] = window;
  // Of what a client brought, the beginning may have been left out.
  const isBeginning = first?.role === "user" && !isBrought(first);
  return isBeginning && lastCompaction === null && window.length < MAX_MESSAGES;
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
