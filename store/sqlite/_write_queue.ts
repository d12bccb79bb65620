// SPDX-License-Identifier: Apache-2.0

import { setImmediate } from "node:timers";
import type { DatabaseSync } from "node:sqlite";
import type { Task } from "../_cannot.ts";
import { sqliteErrorCode, toStoreError } from "./_sqlite_error.ts";
import { Statement } from "./_statement.ts";

/** What inserts rows, several at once. */
export interface RowInsert<Row = unknown> {
  /** Gives how many of so many rows it inserts at once; 1 if it leaves that to the write. */
  sizeFor(count: number): number;
  /** Inserts so many rows in their order: all of them, or none if it throws. */
  run(rows: readonly Row[]): void;
}

/** What is written. */
export interface Write<T> {
  /** What it is for. */
  readonly task: Task;
  /** Does it. It may run more than once, but counts once: earlier runs were rolled back. */
  readonly run: () => T;
  /** Whether it has several statements, all of which are to be kept or none. */
  readonly hasSteps: boolean;
  /** Takes it back, as long as it waits. */
  readonly signal: AbortSignal | undefined;
  /** How to do it together with its neighbours, if it does nothing but insert a row. */
  readonly bulk?: { readonly insert: RowInsert; readonly row: unknown } | undefined;
}

/** A write that waits for its commit. */
interface Item extends Write<unknown> {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What became of a write before its transaction was committed. */
type Outcome = { readonly value: unknown } | { readonly error: unknown };

const DONE: Outcome = { value: undefined };
const RETRY_MS = 10;

/**
 * Commits writes in groups: all that are asked for in one turn of the event loop share one
 * transaction, and each is resolved once that transaction is on disk. A group of the microtask queue
 * would be smaller: requests of different connections arrive in different microtasks of one turn.
 *
 * A write that fails is rejected alone; the others of its group are kept. A database that another
 * process has locked is tried again until `busyTimeoutMs` is over, without blocking the event loop.
 *
 * That a write of several statements fails halfway is rare, and a savepoint around each is not cheap.
 * So a group runs without them, and again with them when that did happen.
 */
export class WriteQueue {
  readonly #database: DatabaseSync;
  readonly #busyTimeoutMs: number;
  readonly #onCommit: (writes: number) => void;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #rollback: Statement;
  readonly #savepoint: Statement;
  readonly #release: Statement;
  readonly #undo: Statement;
  readonly #onRollback: (() => void)[] = [];
  #items: Item[] = [];
  #busySince: number | undefined;
  #retry: PromiseWithResolvers<void> | undefined;

  /** `onCommit` is told how many writes were committed together, whenever some were. */
  constructor(
    database: DatabaseSync,
    busyTimeoutMs: number,
    onCommit: (writes: number) => void = () => {},
  ) {
    this.#database = database;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#onCommit = onCommit;
    this.#begin = new Statement(database.prepare("BEGIN IMMEDIATE"));
    this.#commit = new Statement(database.prepare("COMMIT"));
    this.#rollback = new Statement(database.prepare("ROLLBACK"));
    this.#savepoint = new Statement(database.prepare("SAVEPOINT one"));
    this.#release = new Statement(database.prepare("RELEASE one"));
    this.#undo = new Statement(database.prepare("ROLLBACK TO one"));
  }

  /** Has something called whenever writes that ran are undone: whatever they had learnt is void. */
  onRollback(forget: () => void): void {
    this.#onRollback.push(forget);
  }

  /** Whether a write waits. */
  get hasPending(): boolean {
    return this.#items.length > 0;
  }

  /** Adds a write. Resolves once it is on disk. */
  add<T>(write: Write<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#items.push({ ...write, resolve: resolve as (value: unknown) => void, reject });
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
    if (items.length > 0 && this.#beginFor(items)) this.#runGroup(items);
  }

  /** Begins a transaction, if it can be. Else these writes wait, or are given up. */
  #beginFor(items: readonly Item[]): boolean {
    try {
      this.#begin.run();
    } catch (error) {
      if (sqliteErrorCode(error) === "busy" && this.#mayRetry()) this.#retryLater(items);
      else rejectAll(items, error);
      return false;
    }
    this.#busySince = undefined;
    return true;
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
    for (const chunk of inChunks(items)) {
      if (runTogether(chunk)) {
        for (const _item of chunk) outcomes.push(DONE);
        continue;
      }
      if (!this.#database.isTransaction) return this.#runAlone(items, []);
      for (const item of chunk) {
        const outcome = attempt(item.run);
        outcomes.push(outcome);
        // A full disk makes SQLite roll back the whole transaction, and with it the writes before.
        if (!this.#database.isTransaction) return this.#runAlone(items, outcomes);
        if (item.hasSteps && "error" in outcome) return this.#runAgain(items);
      }
    }
    this.#commitOutcomes(items, outcomes);
  }

  /** Runs a group again from its beginning, each write with a savepoint of its own if it needs one. */
  #runAgain(items: readonly Item[]): void {
    const outcomes: Outcome[] = [];
    this.#undoAll();
    if (!this.#beginFor(items)) return;
    for (const { run, hasSteps } of items) {
      outcomes.push(attempt(hasSteps ? () => this.#whole(run) : run));
      if (!this.#database.isTransaction) return this.#runAlone(items, outcomes);
    }
    this.#commitOutcomes(items, outcomes);
  }

  #commitOutcomes(items: readonly Item[], outcomes: readonly Outcome[]): void {
    try {
      this.#commit.run();
    } catch (error) {
      this.#undoAll();
      return rejectAll(items, error);
    }
    outcomes.forEach((outcome, index) => settle(items[index], outcome));
    this.#onCommit(items.length);
  }

  /** Gives each write its own transaction, after the last of `outcomes` undid the common one. */
  #runAlone(items: readonly Item[], outcomes: readonly Outcome[]): void {
    const guilty = outcomes.length - 1;
    this.#undoAll();
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
    } catch (error) {
      this.#undoAll();
      throw error;
    }
  }

  #whole(run: () => unknown): unknown {
    this.#savepoint.run();
    try {
      const value = run();
      this.#release.run();
      return value;
    } catch (error) {
      if (this.#database.isTransaction) {
        this.#undo.run();
        this.#release.run();
      }
      this.#forget();
      throw error;
    }
  }

  /** Ends the transaction without it, unless SQLite has already. */
  #undoAll(): void {
    if (this.#database.isTransaction) this.#rollback.run();
    this.#forget();
  }

  #forget(): void {
    for (const forget of this.#onRollback) forget();
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

/** Splits a group into what one statement can do, in its order: neighbours that insert, or one write. */
function* inChunks(items: readonly Item[]): Generator<readonly Item[]> {
  for (let from = 0, end = 0; from < items.length;) {
    const insert = items[from]?.bulk?.insert;
    do end++; while (insert !== undefined && items[end]?.bulk?.insert === insert);
    while (from < end) {
      const size = insert?.sizeFor(end - from) ?? 1;
      yield items.slice(from, from + size);
      from += size;
    }
  }
}

/** Tells whether these writes could be done with one statement. If not, nothing of them is done. */
function runTogether(items: readonly Item[]): boolean {
  const insert = items[0]?.bulk?.insert;
  if (insert === undefined || items.length === 1) return false;
  try {
    insert.run(items.map(({ bulk }) => bulk?.row));
    return true;
  } catch {
    // Which of them cannot be done is found out one by one.
    return false;
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
