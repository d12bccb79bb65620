// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { StoreError, type StoreErrorCode } from "../errors.ts";

/** How a backend takes part in a suite. */
export interface ConformanceOptions<Store> {
  /** Opens an empty store. */
  readonly open: () => Promise<Store>;
  /** Closes a store and opens it again with what it held. Absent where closing forgets. */
  readonly reopen?: ((store: Store) => Promise<Store>) | undefined;
  /** Cases that do not apply, each with the reason. */
  readonly skip?: Readonly<Record<string, string>> | undefined;
}

/** One promise of a contract. */
export interface Case<Store> {
  /** The promise, as the end of a sentence. */
  readonly name: string;
  /** Fails when the promise is broken. */
  readonly run: (store: Store) => Promise<void>;
}

/** A promise about what is found after closing and opening again. */
export interface ReopenCase<Store> {
  /** The promise, as the end of a sentence. */
  readonly name: string;
  /** Puts something in. */
  readonly before: (store: Store) => Promise<void>;
  /** Fails when it is not found. */
  readonly after: (store: Store) => Promise<void>;
}

/** Registers a test for every case. */
export function registerSuite<Store extends AsyncDisposable>(
  subject: string,
  options: ConformanceOptions<Store>,
  cases: readonly Case<Store>[],
  reopenCases: readonly ReopenCase<Store>[] = [],
): void {
  for (const { name, run } of cases) {
    register(subject, name, options.skip?.[name], async () => {
      await using store = await options.open();
      await run(store);
    });
  }
  const { reopen } = options;
  if (reopen === undefined) return;
  for (const { name, before, after } of reopenCases) {
    register(subject, name, options.skip?.[name], async () => {
      const first = await options.open();
      await before(first);
      await using store = await reopen(first);
      await after(store);
    });
  }
}

function register(
  subject: string,
  name: string,
  skipReason: string | undefined,
  fn: () => Promise<void>,
): void {
  const suffix = skipReason === undefined ? "" : ` (skipped: ${skipReason})`;
  Deno.test({ name: `${subject} ${name}${suffix}`, ignore: skipReason !== undefined, fn });
}

/** Fails unless the promise rejects with a {@linkcode StoreError} of that code. */
export async function rejectsWith(
  code: StoreErrorCode,
  promise: Promise<unknown>,
): Promise<StoreError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof StoreError, `Expected a StoreError, got ${error}`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, /^Cannot .{1,300}: .{1,300}$/su);
    return error;
  }
  throw new assert.AssertionError({ message: `Expected a rejection with ${code}` });
}

/** Texts that a store must give back as they are. */
export const HARD_TEXTS: readonly string[] = [
  "",
  " ",
  "plain",
  "'; DROP TABLE messages; --",
  "%_\\ \"quotes\" 'single'",
  "Zażółć gęślą jaźń",
  "e\u0301 is not é",
  "数据库很快，搜索也很快",
  "👩‍👩‍👧‍👦 👋🏽 🎉",
  "\u202eright to left\u202c",
  "line\r\nbreak\ttab",
  "\u{10ffff}\ufeff",
];

/** Texts that a store must refuse: SQLite would cut or change them. */
export const UNSTORABLE_TEXTS: readonly string[] = ["half \ud800", "\udc00 half", "nul \0 inside"];

/** An id longer than any store takes. */
export const HUGE_ID: string = "x".repeat(1024 * 1024);

/** A moment `hours` after the first of January 2026. */
export function hour(hours: number): Date {
  return new Date(Date.UTC(2026, 0, 1, hours));
}

/** Gives the `id` of each. */
export function ids(items: readonly { readonly id: string }[]): string[] {
  return items.map(({ id }) => id);
}
