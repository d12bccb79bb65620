// SPDX-License-Identifier: Apache-2.0

import { completeSummary } from "../_complete.ts";
import {
  checkCount,
  checkKey,
  checkKeys,
  checkOneOf,
  checkRange,
  MAX_LIMIT,
} from "../_validate.ts";
import type { CallOptions, TimeRange } from "../options.ts";
import {
  type Summary,
  SUMMARY_STATUSES,
  type SummaryInput,
  type SummaryReadOptions,
  type SummaryStore,
} from "../summary_store.ts";
import { Guard } from "./_guard.ts";
import { compareText } from "../_order.ts";

/**
 * Opens a summary store that forgets everything when it is closed. Requires no permission.
 *
 * @example Usage
 * ```ts
 * import { openSummaryStore } from "@sigil/store/inmem";
 *
 * await using store = await openSummaryStore();
 * const noon = new Date("2026-01-01T12:00:00Z");
 * await store.store("home", { id: "s1", fromTime: noon, toTime: noon, content: "Greetings" });
 * ```
 */
export async function openSummaryStore(): Promise<SummaryStore> {
  return new InmemSummaryStore();
}

class InmemSummaryStore implements SummaryStore {
  readonly #guard = new Guard();
  readonly #workspaces = new Map<string, Map<string, Summary>>();

  async store(workspaceId: string, input: SummaryInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "store summary", subject: input.id };
    checkKey(task, "workspaceId", workspaceId);
    const summary = completeSummary(task, workspaceId, input);
    this.#guard.check(task, options);
    const summaries = this.#workspaces.get(workspaceId) ?? new Map<string, Summary>();
    this.#workspaces.set(workspaceId, summaries.set(summary.id, structuredClone(summary)));
  }

  async getByRange(
    workspaceId: string,
    range: TimeRange,
    options: SummaryReadOptions = {},
  ): Promise<readonly Summary[]> {
    const { from, to } = checkRange(
      { action: "get summaries of workspace", subject: workspaceId },
      range,
    );
    return this.#select(workspaceId, options)
      .filter(({ fromTime, toTime }) => fromTime < to && (toTime > from || fromTime >= from))
      .sort((left, right) =>
        left.fromTime.getTime() - right.fromTime.getTime() || compareText(left.id, right.id)
      );
  }

  async getLatest(
    workspaceId: string,
    n: number,
    options: SummaryReadOptions = {},
  ): Promise<readonly Summary[]> {
    checkCount(
      { action: "get latest summaries of workspace", subject: workspaceId },
      "n",
      n,
      MAX_LIMIT,
    );
    return this.#select(workspaceId, options)
      .sort((left, right) =>
        right.createdAt.getTime() - left.createdAt.getTime() || compareText(right.id, left.id)
      )
      .slice(0, n);
  }

  async deleteByIds(
    workspaceId: string,
    ids: readonly string[],
    options: CallOptions = {},
  ): Promise<number> {
    const task = { action: "delete summaries of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    checkKeys(task, "ids", ids);
    this.#guard.check(task, options);
    const summaries = this.#workspaces.get(workspaceId);
    return [...new Set(ids)].filter((id) => summaries?.delete(id)).length;
  }

  async close(): Promise<void> {
    this.#guard.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #select(workspaceId: string, options: SummaryReadOptions): Summary[] {
    const task = { action: "get summaries of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    const status = checkOneOf(task, "status", options.status ?? "confirmed", SUMMARY_STATUSES);
    this.#guard.check(task, options);
    const summaries = [...this.#workspaces.get(workspaceId)?.values() ?? []];
    return structuredClone(summaries.filter((summary) => summary.status === status));
  }
}
