// SPDX-License-Identifier: Apache-2.0

import type { Message, WorkspaceStores } from "@sigil/store";
import { BROUGHT } from "./_brought.ts";
import { cleanText } from "./_text.ts";
import { keepInMemory } from "./_transcript.ts";
import type { BroughtHistory, EarlierMessage } from "./turn.ts";

/** How many messages are taken over: what a turn brings is rolled over before the next one begins. */
const MAX_MESSAGES = 200;

/** How much text is taken over, in characters. */
const MAX_LENGTH = 500_000;

/** What {@linkcode takeOver} needs. */
export interface TakeOverOptions {
  readonly stores: WorkspaceStores;
  readonly workspaceId: string;
  readonly sessionId: string;
  readonly now: () => Date;
  readonly newId: () => string;
}

/**
 * Puts the newest of what a client says was said before into a session that holds nothing yet.
 *
 * All of it goes into memory and then, as one group of writes, into the session: a store that commits
 * a group at once leaves a session that holds it or, when the process dies before, one that is empty
 * still. When a write fails, the session is emptied again. What roles a client tells is kept; that it
 * was a client who told them, too.
 */
export async function takeOver(
  { stores, workspaceId, sessionId, now, newId }: TakeOverOptions,
  history: readonly EarlierMessage[],
): Promise<BroughtHistory> {
  const words = history.filter(({ content }) => content.trim() !== "");
  const newest = newestWithin(words);
  const begin = now().getTime() - newest.length;
  const messages = newest.map(({ role, content }, index): Message => ({
    id: newId(),
    sessionId,
    role,
    content: cleanText(content),
    toolCallId: "",
    toolName: "",
    createdAt: new Date(begin + index),
    metadata: BROUGHT,
  }));
  const { memory, sessions } = stores;
  await Promise.all(messages.map((each) => keepInMemory(memory.messages, workspaceId, each)));
  const writes = messages.map((each) => sessions.appendMessage(sessionId, each));
  const ended = await Promise.allSettled(writes);
  const failure = ended.find(({ status }) => status === "rejected");
  if (failure?.status === "rejected") {
    await sessions.deleteMessages(sessionId, messages.map(({ id }) => id));
    throw failure.reason;
  }
  return { taken: newest.length, leftOut: words.length - newest.length };
}

function newestWithin(history: readonly EarlierMessage[]): readonly EarlierMessage[] {
  let length = 0;
  const tooOld = history.findLastIndex(({ content }, index) => {
    length += content.length;
    return length > MAX_LENGTH || history.length - index > MAX_MESSAGES;
  });
  return history.slice(tooOld + 1);
}
