// SPDX-License-Identifier: Apache-2.0

import { Worker } from "node:worker_threads";
import { StoreError } from "../errors.ts";
import { READER_WORKER_SOURCE } from "./_reader_worker.ts";
import type { SqlRow, SqlValue } from "./_statement.ts";

/** What the thread answers. */
type Answer =
  | { readonly id: number; readonly rows: readonly SqlRow[] }
  | {
    readonly id: number;
    readonly error: { readonly message: string; readonly errcode?: number };
  };

interface Query {
  readonly sql: string;
  readonly values: readonly SqlValue[];
  readonly resolve: (rows: readonly SqlRow[]) => void;
  readonly reject: (error: unknown) => void;
  attempts: number;
}

const MAX_ATTEMPTS = 2;

/**
 * Runs long queries on a thread of its own, so that they do not hold up the event loop.
 *
 * The thread is started when it is first needed and reads only. If it dies it is started again, and
 * what it was asked is asked once more. An idle thread does not keep the process alive.
 */
export class Reader {
  readonly #path: string;
  readonly #timeoutMs: number;
  readonly #queries = new Map<number, Query>();
  #worker: Worker | undefined;
  #lastId = 0;

  constructor(path: string, timeoutMs: number) {
    this.#path = path;
    this.#timeoutMs = timeoutMs;
  }

  /** Gives every row, or rejects with SQLite's error or the signal's reason. */
  all<Row extends SqlRow>(
    sql: string,
    values: readonly SqlValue[],
    signal?: AbortSignal,
  ): Promise<readonly Row[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly SqlRow[]>();
    const id = ++this.#lastId;
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    this.#queries.set(id, { sql, values, resolve, reject, attempts: 0 });
    this.#ask(id);
    return promise.finally(() => signal?.removeEventListener("abort", abort)) as Promise<
      readonly Row[]
    >;
  }

  /** Ends the thread. Queries under way are rejected. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#rejectAll(new StoreError("closed", "Cannot finish the query: the store was closed"));
    await worker?.terminate();
  }

  /** The thread, for a test that kills it. */
  get worker(): Worker | undefined {
    return this.#worker;
  }

  #ask(id: number): void {
    const query = this.#queries.get(id);
    if (query === undefined) return;
    query.attempts++;
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#worker.postMessage({ id, sql: query.sql, values: query.values });
  }

  #start(): Worker {
    const source = new URL(`data:text/javascript,${encodeURIComponent(READER_WORKER_SOURCE)}`);
    const worker = new Worker(source, {
      workerData: { path: this.#path, timeoutMs: this.#timeoutMs },
    });
    worker.on("message", (answer: Answer) => this.#settle(answer));
    // An error ends the thread: what to do is decided once it has ended.
    worker.on("error", () => {});
    worker.on("exit", () => this.#restart(worker));
    return worker;
  }

  #settle(answer: Answer): void {
    const query = this.#queries.get(answer.id);
    this.#queries.delete(answer.id);
    if (this.#queries.size === 0) this.#worker?.unref();
    if ("rows" in answer) return query?.resolve(answer.rows);
    const { message, errcode } = answer.error;
    query?.reject(Object.assign(new Error(message), { code: "ERR_SQLITE_ERROR", errcode }));
  }

  #restart(ended: Worker): void {
    if (this.#worker !== ended) return;
    this.#worker = undefined;
    for (const [id, query] of [...this.#queries]) {
      if (query.attempts < MAX_ATTEMPTS) {
        this.#ask(id);
        continue;
      }
      this.#queries.delete(id);
      const error = new Error("the thread that runs long queries ended twice");
      query.reject(Object.assign(error, { code: "ERR_SQLITE_ERROR" }));
    }
  }

  #rejectAll(error: StoreError): void {
    for (const query of this.#queries.values()) query.reject(error);
    this.#queries.clear();
  }
}
