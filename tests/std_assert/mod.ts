// SPDX-License-Identifier: Apache-2.0
// deno-lint-ignore-file no-explicit-any -- the signatures are those of @std/assert

/**
 * Stands in for `@std/assert` where the registry that holds it cannot be reached. Never published.
 *
 * It has the functions that our tests use, under the same names and with the same meaning, on top of
 * `node:assert`. To use the real one, remove this folder from `workspace` in the root `deno.json`.
 *
 * @module
 */

import nodeAssert from "node:assert/strict";

/** The error of every failed assertion. */
export const AssertionError: typeof nodeAssert.AssertionError = nodeAssert.AssertionError;

/** Fails unless `value` is truthy. */
export function assert(value: unknown, message = ""): asserts value {
  if (!value) fail(message || "Expected a truthy value");
}

/** Fails if `value` is truthy. */
export function assertFalse(value: unknown, message = ""): asserts value is false {
  if (value) fail(message || "Expected a falsy value");
}

/** Fails unless both are deeply equal. Rows without a prototype equal plain objects. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  nodeAssert.deepStrictEqual(plain(actual), plain(expected), message);
}

/** Fails if both are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  nodeAssert.notDeepStrictEqual(plain(actual), plain(expected), message);
}

/** Fails unless both are the same value. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T {
  nodeAssert.strictEqual(actual, expected, message);
}

/** Fails unless the numbers are nearer than `tolerance`. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance = 1e-7,
  message = "",
): void {
  if (Object.is(actual, expected) || Math.abs(actual - expected) <= tolerance) return;
  fail(message || `Expected ${actual} to be within ${tolerance} of ${expected}`);
}

/** Fails unless `actual` is greater than `expected`. */
export function assertGreater<T>(actual: T, expected: T, message = ""): void {
  if (!(actual > expected)) fail(message || `Expected ${actual} > ${expected}`);
}

/** Fails unless `actual` is less than `expected`. */
export function assertLess<T>(actual: T, expected: T, message = ""): void {
  if (!(actual < expected)) fail(message || `Expected ${actual} < ${expected}`);
}

/** Fails unless `actual` is at least `expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, message = ""): void {
  if (!(actual >= expected)) fail(message || `Expected ${actual} >= ${expected}`);
}

/** Fails unless `actual` is at most `expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, message = ""): void {
  if (!(actual <= expected)) fail(message || `Expected ${actual} <= ${expected}`);
}

/** Fails unless `actual` holds the text `expected`. */
export function assertStringIncludes(actual: string, expected: string, message = ""): void {
  if (!actual.includes(expected)) {
    fail(message || `Expected ${JSON.stringify(actual)} to include ${JSON.stringify(expected)}`);
  }
}

/** Fails unless `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  nodeAssert.match(actual, expected, message);
}

/** Fails if `actual` matches `expected`. */
export function assertNotMatch(actual: string, expected: RegExp, message?: string): void {
  nodeAssert.doesNotMatch(actual, expected, message);
}

/** Fails unless every value of `expected` is in `actual`. */
export function assertArrayIncludes<T>(
  actual: readonly T[],
  expected: readonly T[],
  message = "",
): void {
  for (const value of expected) {
    if (!actual.some((candidate) => isEqual(candidate, value))) {
      fail(
        message || `Expected the list to include ${Deno.inspect(value)}: ${Deno.inspect(actual)}`,
      );
    }
  }
}

/** Fails unless `actual` has all that `expected` has, at every depth. */
export function assertObjectMatch(
  actual: Record<PropertyKey, any>,
  expected: Record<PropertyKey, unknown>,
  message?: string,
): void {
  nodeAssert.partialDeepStrictEqual(plain(actual), plain(expected), message);
}

/** Fails if `actual` is null or undefined. */
export function assertExists<T>(actual: T, message = ""): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) fail(message || `Expected a value, got ${actual}`);
}

type Constructor<T> = abstract new (...args: any[]) => T;

/** Fails unless `actual` is an instance of `expected`. */
export function assertInstanceOf<T>(
  actual: unknown,
  expected: Constructor<T>,
  message = "",
): asserts actual is T {
  if (!(actual instanceof expected)) {
    fail(message || `Expected an instance of ${expected.name}, got ${Deno.inspect(actual)}`);
  }
}

/** Fails unless `run` throws; gives the error. */
export function assertThrows(run: () => unknown): unknown;
/** Fails unless `run` throws an error of that class whose message holds that text; gives the error. */
export function assertThrows<E extends Error>(
  run: () => unknown,
  errorClass: Constructor<E>,
  messageIncludes?: string,
): E;
export function assertThrows<E extends Error>(
  run: () => unknown,
  errorClass?: Constructor<E>,
  messageIncludes = "",
): unknown {
  try {
    run();
  } catch (error) {
    checkError(error, errorClass, messageIncludes);
    return error;
  }
  fail("Expected the function to throw");
}

/** Fails unless the promise of `run` rejects; gives the error. */
export function assertRejects(run: () => PromiseLike<unknown>): Promise<unknown>;
/** Fails unless the promise of `run` rejects with an error of that class whose message holds that text; gives the error. */
export function assertRejects<E extends Error>(
  run: () => PromiseLike<unknown>,
  errorClass: Constructor<E>,
  messageIncludes?: string,
): Promise<E>;
export async function assertRejects<E extends Error>(
  run: () => PromiseLike<unknown>,
  errorClass?: Constructor<E>,
  messageIncludes = "",
): Promise<unknown> {
  const promise = run();
  try {
    await promise;
  } catch (error) {
    checkError(error, errorClass, messageIncludes);
    return error;
  }
  fail("Expected the promise to reject");
}

/** Fails. */
export function fail(message = "Failed"): never {
  throw new nodeAssert.AssertionError({ message });
}

/** Fails: this line is never reached. */
export function unreachable(reason = "unreachable"): never {
  fail(reason);
}

function checkError<E extends Error>(
  error: unknown,
  errorClass: Constructor<E> | undefined,
  messageIncludes: string,
): void {
  if (errorClass === undefined) return;
  assertInstanceOf(error, errorClass);
  assertStringIncludes(error.message, messageIncludes);
}

function isEqual(left: unknown, right: unknown): boolean {
  try {
    assertEquals(left, right);
    return true;
  } catch {
    return false;
  }
}

/** Gives rows of `node:sqlite`, which have no prototype, the prototype of plain objects. */
function plain<T>(value: T): T {
  if (Array.isArray(value)) return value.map(plain) as T;
  if (value === null || typeof value !== "object") return value;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)])) as T;
}
