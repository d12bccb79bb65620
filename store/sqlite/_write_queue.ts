// SPDX-License-Identifier: Apache-2.0

import { setImmediate } from "node:timers";
import type { DatabaseSync } from "node:sqlite";
import type { Task } from "../_cannot.ts";
import { sqliteErrorCode, toStoreError } from "./_sqlite_error.ts";
import { Statement } from "./_statement.ts";

/** A write that waits for its commit. */
interface Item {
  readonly task: Task;
  readonly run: () => unknown;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What became of a write before its transaction was committed. */
type Outcome = { readonly value: unknown } | { readonly error: unknown };

const RETRY_MS = 10;

/**
 * Commits writes in groups: all that are asked for in one turn of the event loop share one
 * transaction, and each is resolved once that transaction is on disk. A group of the microtask queue
 * would be smaller: requests of different connections arrive in different microtasks of one turn.
 *
 * A write that fails is rejected alone; the others of its group are kept. A database that another
 * process has locked is tried again until `busyTimeoutMs` is over, without blocking the event loop.
 */
export class WriteQueue {
  readonly #database: DatabaseSync;
  readonly #busyTimeoutMs: number;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #rollback: Statement;
  #items: Item[] = [];
  #busySince: number | undefined;
  #retry: PromiseWithResolvers<void> | undefined;

  constructor(database: DatabaseSync, busyTimeoutMs: number) {
    this.#database = database;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#begin = new Statement(database.prepare("BEGIN IMMEDIATE"));
    this.#commit = new Statement(database.prepare("COMMIT"));
    this.#rollback = new Statement(database.prepare("ROLLBACK"));
  }

  /** Whether a write waits. */
  get hasPending(): boolean {
    return this.#items.length > 0;
  }

  /** Adds a write. It may run more than once, but counts once: earlier runs were rolled back. */
  add<T>(task: Task, run: () => T, signal: AbortSignal | undefined): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#items.push({ task, run, signal, resolve: resolve as (value: unknown) => void, reject });
    if (this.#items.length === 1) {
      setImmediate(() => this.#retry === undefined && this.#commitGroup());
    }
    return promise;
  }

  /** Resolves when no write waits: those that wait are committed at once, or given up. */
  async drain(): Promise<void> {
    while (this.#items.length > 0) {
      if (this.#retry === undefined) this.#commitGroup();
      else await this.#retry.promise;
    }
  }

  #commitGroup(): void {
    const items = this.#takeLive();
    if (items.length === 0) return;
    try {
      this.#begin.run();
    } catch (error) {
      if (sqliteErrorCode(error) === "busy" && this.#mayRetry()) this.#retryLater(items);
      else rejectAll(items, error);
      return;
    }
    this.#busySince = undefined;
    this.#runGroup(items);
  }

  #takeLive(): Item[] {
    const items = this.#items;
    this.#items = [];
    return items.filter((item) => {
      if (!item.signal?.aborted) return true;
      item.reject(item.signal.reason);
      return false;
    });
  }

  #runGroup(items: readonly Item[]): void {
    const outcomes: Outcome[] = [];
    for (const item of items) {
      outcomes.push(attempt(item.run));
      // A full disk makes SQLite roll back the whole transaction, and with it the writes before.
      if (!this.#database.isTransaction) return this.#runAlone(items, outcomes);
    }
    try {
      this.#commit.run();
    } catch (error) {
      if (this.#database.isTransaction) this.#rollback.run();
      return rejectAll(items, error);
    }
    outcomes.forEach((outcome, index) => settle(items[index], outcome));
  }

  /** Gives each write its own transaction, after the last of `outcomes` undid the common one. */
  #runAlone(items: readonly Item[], outcomes: readonly Outcome[]): void {
    const guilty = outcomes.length - 1;
    items.forEach((item, index) => {
      const outcome = index === guilty ? outcomes[guilty] : undefined;
      settle(item, outcome ?? attempt(() => this.#inTransaction(item.run)));
    });
  }

  #inTransaction(run: () => unknown): unknown {
    this.#begin.run();
    try {
      const value = run();
      this.#commit.run();
      return value;
    } finally {
      if (this.#database.isTransaction) this.#rollback.run();
    }
  }

  #mayRetry(): boolean {
    this.#busySince ??= performance.now();
    if (performance.now() - this.#busySince < this.#busyTimeoutMs) return true;
    this.#busySince = undefined;
    return false;
  }

  #retryLater(items: readonly Item[]): void {
    this.#items = [...items, ...this.#items];
    const retry = Promise.withResolvers<void>();
    this.#retry = retry;
    setTimeout(() => {
      this.#retry = undefined;
      this.#commitGroup();
      retry.resolve();
    }, RETRY_MS);
  }
}

function attempt(run: () => unknown): Outcome {
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  }
}

function settle(item: Item | undefined, outcome: Outcome): void {
  if ("error" in outcome) item?.reject(toStoreError(outcome.error, item.task));
  else item?.resolve(outcome.value);
}

function rejectAll(items: readonly Item[], error: unknown): void {
  for (const item of items) item.reject(toStoreError(error, item.task));
}
