// SPDX-License-Identifier: Apache-2.0

import { createHash } from "node:crypto";
import { textOf } from "./chat_request.ts";
import type { ChatCompletionMessage } from "./schemas.ts";

const MAX_CONVERSATIONS = 10_000;

/** Whose conversation it is. */
export interface ConversationOwner {
  /** The user. */
  readonly userId: string;
  /** The workspace. */
  readonly workspaceId: string;
}

/**
 * Knows a conversation again by its words.
 *
 * Clients of OpenAI name no session: they send the whole conversation each time. What was said up to the
 * last answer, the answer included, is what tells one conversation from another.
 */
export class Conversations {
  readonly #sessions: Map<string, string> = new Map();

  /** Gives the session in which exactly this was said, if it is remembered. */
  find(
    owner: ConversationOwner,
    messages: readonly ChatCompletionMessage[],
  ): string | undefined {
    const said = saidUpToLastAnswer(messages);
    return said && this.#sessions.get(fingerprint(owner, said));
  }

  /** Remembers the session in which this was said and answered. */
  remember(
    owner: ConversationOwner,
    messages: readonly ChatCompletionMessage[],
    answer: string,
    sessionId: string,
  ): void {
    this.#keep(owner, [...spoken(messages), ["assistant", answer.trim()]], sessionId);
  }

  /**
   * Remembers the session that took over what was said elsewhere, until it is answered: whoever asks
   * again after a failure is not to fill one session more.
   */
  rememberBrought(
    owner: ConversationOwner,
    messages: readonly ChatCompletionMessage[],
    sessionId: string,
  ): void {
    const said = saidUpToLastAnswer(messages);
    if (said !== undefined) this.#keep(owner, said, sessionId);
  }

  /** Forgets it: other questions may follow the same words, as those that examples stand before. */
  forgetBrought(owner: ConversationOwner, messages: readonly ChatCompletionMessage[]): void {
    const said = saidUpToLastAnswer(messages);
    if (said !== undefined) this.#sessions.delete(fingerprint(owner, said));
  }

  #keep(owner: ConversationOwner, said: readonly Spoken[], sessionId: string): void {
    const key = fingerprint(owner, said);
    this.#sessions.delete(key); // so that the map stays in the order of last use
    this.#sessions.set(key, sessionId);
    if (this.#sessions.size <= MAX_CONVERSATIONS) return;
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined) this.#sessions.delete(oldest);
  }
}

/** What one side said, without the spaces around it. */
export type Spoken = readonly [role: string, text: string];

/** Gives what was said up to the last answer, the answer included; undefined when there is none. */
export function saidUpToLastAnswer(
  messages: readonly ChatCompletionMessage[],
): readonly Spoken[] | undefined {
  const lastAnswer = messages.findLastIndex(({ role }) => role === "assistant");
  return lastAnswer === -1 ? undefined : spoken(messages.slice(0, lastAnswer + 1));
}

/** Whether the same was said by the same sides. */
export function isSame(left: readonly Spoken[], right: readonly Spoken[]): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/**
 * Gives what two sides said to each other in turn, whatever else stands between: clients trim answers
 * and change system messages between requests, and all that an agent says between two messages of a
 * user is one answer.
 */
export function inTurn(
  messages: readonly { readonly role: string; readonly content: string }[],
): readonly Spoken[] {
  const turns: [role: string, text: string][] = [];
  for (const { role, content } of messages) {
    const last = turns.at(-1);
    if (content.trim() === "") continue;
    if (role === "assistant" && last?.[0] === "assistant") last[1] += content;
    else if (role === "user" || role === "assistant") turns.push([role, content]);
  }
  return turns.map(([role, text]) => [role, text.trim()]);
}

function spoken(messages: readonly ChatCompletionMessage[]): readonly Spoken[] {
  return inTurn(messages.map((message) => ({ role: message.role, content: textOf(message) })));
}

function fingerprint({ userId, workspaceId }: ConversationOwner, said: readonly Spoken[]): string {
  return createHash("sha256").update(JSON.stringify([userId, workspaceId, said])).digest("base64");
}
