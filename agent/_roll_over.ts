// SPDX-License-Identifier: Apache-2.0

import type { Message, Session, Summary, WorkspaceStores } from "@sigil/store";
import type { Speaker } from "./_access.ts";
import { NO_USAGE, totalTokens } from "./_ask.ts";
import { hasCode } from "./_failure.ts";
import { markSummary } from "./_outside_words.ts";
import type { Parts } from "./_parts.ts";
import { record } from "./_record.ts";
import { type Digest, summarise } from "./_summarise.ts";
import { excerpt } from "./_text.ts";
import { addTokens, currentBudget } from "./_token_budget.ts";
import { keepInMemory, memoryKey } from "./_transcript.ts";
import { vectorId } from "./_vectors.ts";

/** How many messages of a session are looked at in one go: as many as a store gives. */
const MAX_WINDOW = 10_000;

/** How long the summary of a session may grow, in characters, before its oldest parts are dropped. */
const MAX_SUMMARY = 8000;

/** How much of a message becomes a vector, in characters. */
const MAX_EMBEDDED = 8000;

/** Between the parts of a session's summary. */
const SEPARATOR = "\n\n";

/**
 * Moves the oldest messages of a session out of its active window, whole turns at a time, until the
 * window no longer overflows.
 *
 * A message leaves only once it has been put into searchable memory, among the vectors if there are any, and
 * in a confirmed summary if there are any. Each step can be repeated, so a process may die between any
 * two of them.
 */
export class RollOver {
  readonly #parts: Parts;
  readonly #speaker: Speaker;
  readonly #stores: WorkspaceStores;

  constructor(parts: Parts, speaker: Speaker, stores: WorkspaceStores) {
    this.#parts = parts;
    this.#speaker = speaker;
    this.#stores = stores;
  }

  /** Rolls over what overflows. */
  async run(): Promise<void> {
    const { sessions } = this.#stores;
    const { sessionId } = this.#speaker;
    const { activeWindow, compaction } = this.#parts.settings;
    const { settled } = this.#parts;
    const session = sessionKey(this.#speaker);
    while (await sessions.countMessages(sessionId) > activeWindow) {
      const messages = await sessions.getActiveWindow(sessionId, MAX_WINDOW);
      if (!settled.has(session) && await this.#finishEarlier(messages)) continue;
      const batch = oldestTurns(messages, compaction.batchSize);
      if (batch.length === 0) return;
      settled.delete(session);
      await this.#move(batch);
      settled.add(session);
    }
  }

  /**
   * Finishes a roll-over that died after its summary was confirmed.
   *
   * @returns Whether there was one.
   */
  async #finishEarlier(messages: readonly Message[]): Promise<boolean> {
    const held = new Map(messages.map((message) => [message.id, message]));
    const range = spanOf(messages);
    const summaries = await this.#stores.memory.summaries.getByRange(
      this.#speaker.workspaceId,
      { from: range.from, to: new Date(range.to.getTime() + 1) },
    );
    let found = false;
    for (const summary of summaries) {
      const left = summary.messageIds.filter((id) => held.has(id));
      if (left.length === 0) continue;
      found = true;
      await this.#leave(left, summary);
    }
    return found;
  }

  async #move(batch: readonly Message[]): Promise<void> {
    const { memory } = this.#stores;
    const { workspaceId } = this.#speaker;
    const { remembered } = this.#parts;
    const unsure = batch.filter(({ id }) => !remembered.has(memoryKey(workspaceId, id)));
    await Promise.all(unsure.map((message) => keepInMemory(memory.messages, workspaceId, message)));
    await this.#embed(batch);
    const digest = await this.#digest(batch);
    const summary = digest === undefined ? undefined : await this.#confirm(batch, digest);
    await this.#leave(batch.map(({ id }) => id), summary, digest);
  }

  async #digest(batch: readonly Message[]): Promise<Digest | undefined> {
    if (!this.#parts.settings.compaction.summarise) return undefined;
    return await summarise(this.#parts, this.#speaker, batch);
  }

  /** Stores a summary in two steps, so that one which was only half stored stands for nothing. */
  async #confirm(batch: readonly Message[], { text }: Digest): Promise<Summary> {
    const { summaries } = this.#stores.memory;
    const { workspaceId } = this.#speaker;
    const { from, to } = spanOf(batch);
    const summary: Summary = {
      id: this.#parts.newId(),
      workspaceId,
      fromTime: from,
      toTime: to,
      content: markSummary(text, batch),
      messageIds: batch.map(({ id }) => id),
      status: "pending",
      createdAt: this.#parts.now(),
    };
    await summaries.store(workspaceId, summary);
    const confirmed: Summary = { ...summary, status: "confirmed" };
    await summaries.store(workspaceId, confirmed);
    return confirmed;
  }

  /** Lets exactly these messages leave the session, after its summary tells of them. */
  async #leave(ids: readonly string[], summary?: Summary, digest?: Digest): Promise<void> {
    const { sessions } = this.#stores;
    const { workspaceId, sessionId } = this.#speaker;
    const now = this.#parts.now();
    const usage = digest?.usage ?? NO_USAGE;
    await sessions.changeSession(sessionId, (session) => ({
      lastCompaction: now,
      summary: summary === undefined ? session.summary : extendSummary(session, summary),
      tokenBudget: addTokens(currentBudget(session, now), totalTokens(usage)),
      updatedAt: now,
    }));
    const gone = await sessions.deleteMessages(sessionId, ids);
    for (const id of ids) this.#parts.remembered.delete(memoryKey(workspaceId, id));
    const details = { messages: gone, summary: summary?.id ?? "", ...usage };
    await record(this.#parts, this.#speaker, { action: "session.compact", result: "ok", details });
  }

  async #embed(batch: readonly Message[]): Promise<void> {
    const { embed, logger } = this.#parts;
    const said = batch.filter(({ role, content }) => role !== "tool" && content.trim() !== "");
    if (embed === undefined || said.length === 0) return;
    const texts = said.map(({ content }) => excerpt(content, MAX_EMBEDDED));
    const embeddings = await embed(texts, {});
    await Promise.all(said.map(async (message, index) => {
      const stored = await this.#storeVector(message, embeddings[index]);
      if (!stored) logger.warn("message without a vector", { ...this.#speaker, id: message.id });
    }));
  }

  /**
   * Stores the vector of a message, when it has one that fits. Waiting for a better one would keep the
   * message in the window for ever, and its words are safe.
   */
  async #storeVector(message: Message, embedding: Float32Array | undefined): Promise<boolean> {
    if (embedding === undefined) return false;
    const { id, role, sessionId } = message;
    const createdAt = message.createdAt.toISOString();
    try {
      const metadata = { kind: "message", role, sessionId, createdAt };
      await this.#stores.vectors.store(vectorId(id), embedding, metadata);
      return true;
    } catch (error) {
      if (hasCode(error, "dimension_mismatch") || hasCode(error, "invalid_input")) return false;
      throw error;
    }
  }
}

/** Names a session among those of all workspaces. */
export function sessionKey({ workspaceId, sessionId }: Speaker): string {
  return JSON.stringify([workspaceId, sessionId]);
}

/** The oldest turns that make up a batch; the turn under way is not among them. */
function oldestTurns(messages: readonly Message[], batchSize: number): readonly Message[] {
  const begins = (message: Message, index: number) => message.role === "user" && index > 0;
  const enough = messages.findIndex((message, index) =>
    begins(message, index) && index >= batchSize
  );
  const end = enough > 0 ? enough : messages.findLastIndex(begins);
  return messages.slice(0, Math.max(end, 0));
}

/** Adds a summary to that of the session, unless it is there, and drops the oldest when too long. */
function extendSummary({ summary }: Session, { fromTime, toTime, content }: Summary): string {
  const part = `[${fromTime.toISOString()} to ${toTime.toISOString()}]\n${content}`;
  if (summary.includes(part)) return summary;
  const parts = summary === "" ? [part] : [...summary.split(SEPARATOR), part];
  while (parts.length > 1 && parts.join(SEPARATOR).length > MAX_SUMMARY) parts.shift();
  return parts.join(SEPARATOR);
}

function spanOf(messages: readonly Message[]): { readonly from: Date; readonly to: Date } {
  const times = messages.map(({ createdAt }) => createdAt.getTime());
  const from = times.reduce((left, right) => Math.min(left, right), Infinity);
  const to = times.reduce((left, right) => Math.max(left, right), -Infinity);
  return { from: new Date(from), to: new Date(to) };
}
