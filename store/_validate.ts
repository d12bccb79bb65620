// SPDX-License-Identifier: Apache-2.0

/**
 * What a store accepts. Each check is made once, at the edge of a backend, and names the field.
 *
 * These run on every call, so they are plain functions rather than schemas.
 */

import { cannot, type Task } from "./_cannot.ts";
import type { StoreError } from "./errors.ts";
import type { JsonObject, JsonValue } from "./knowledge_store.ts";
import type { TimeRange } from "./options.ts";

/** The longest id, type, name or other key, in UTF-16 units. */
export const MAX_KEY_LENGTH = 1024;
/** The longest text, in UTF-16 units. */
export const MAX_TEXT_LENGTH = 64 * 1024 * 1024;
/** The longest list that one call gives. */
export const MAX_LIMIT = 10_000;
/** The length of a list when no limit is given. */
export const DEFAULT_LIMIT = 100;
const MAX_JSON_DEPTH = 64;
/** What a property is that was assigned. */
const OWN = { writable: true, enumerable: true, configurable: true };

/** Checks an id, or any other short text that must not be empty. */
export function checkKey(task: Task, field: string, value: unknown): string {
  const text = checkWord(task, field, value);
  if (text === "") throw invalid(task, `${field} is empty`);
  return text;
}

/** Checks a short text that may be empty. */
export function checkWord(task: Task, field: string, value: unknown): string {
  return checkText(task, field, value, MAX_KEY_LENGTH);
}

/** Checks a text: SQLite would cut it at a NUL and change a lone surrogate, so both are refused. */
export function checkText(
  task: Task,
  field: string,
  value: unknown,
  maxLength = MAX_TEXT_LENGTH,
): string {
  if (typeof value !== "string") throw invalid(task, `${field} is not a string`);
  if (value.length > maxLength) {
    throw invalid(task, `${field} is longer than ${maxLength} characters`);
  }
  if (value.includes("\0")) throw invalid(task, `${field} holds a NUL character`);
  if (!value.isWellFormed()) throw invalid(task, `${field} holds half of a surrogate pair`);
  return value;
}

/** Checks a moment. */
export function checkDate(task: Task, field: string, value: unknown): Date {
  if (!(value instanceof Date)) throw invalid(task, `${field} is not a Date`);
  if (Number.isNaN(value.getTime())) throw invalid(task, `${field} is an invalid Date`);
  return value;
}

/** Checks a span of time, which may be empty but not end before it begins. */
export function checkRange(task: Task, range: TimeRange): TimeRange {
  const from = checkDate(task, "from", range.from);
  const to = checkDate(task, "to", range.to);
  if (to < from) throw invalid(task, "to is before from");
  return range;
}

/** Checks a word out of a fixed list. */
export function checkOneOf<Word extends string>(
  task: Task,
  field: string,
  value: unknown,
  words: readonly Word[],
): Word {
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw invalid(task, `${field} is none of ${words.join(", ")}`);
  return word;
}

/** Checks a whole number from 0 to `max`. */
export function checkCount(
  task: Task,
  field: string,
  value: unknown,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0 || value > max) {
    throw invalid(task, `${field} is not a whole number from 0 to ${max}`);
  }
  return value;
}

/** Checks the `limit` of a list: 0 and absence mean the default. */
export function checkLimit(task: Task, value: unknown, fallback = DEFAULT_LIMIT): number {
  return checkCount(task, "limit", value ?? 0, MAX_LIMIT) || fallback;
}

/** Checks a number from 0 to 1. */
export function checkFraction(task: Task, field: string, value: unknown): number {
  if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
    throw invalid(task, `${field} is not a number from 0 to 1`);
  }
  return value;
}

/** Checks a list of ids. */
export function checkKeys(task: Task, field: string, value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw invalid(task, `${field} is not a list`);
  return value.map((id) => checkKey(task, field, id));
}

/** Checks an object that holds strings only, and copies it. */
export function checkStrings(
  task: Task,
  field: string,
  value: unknown,
): Readonly<Record<string, string>> {
  const object = checkPlainObject(task, field, value);
  for (const [key, inner] of Object.entries(object)) {
    if (typeof inner !== "string") throw invalid(task, `${field}.${key} is not a string`);
  }
  return { ...object } as Record<string, string>;
}

/** Checks an object that JSON keeps as it is, and copies it. What JSON would drop or change is refused. */
export function checkJsonObject(task: Task, field: string, value: unknown): JsonObject {
  return copyObject(task, field, checkPlainObject(task, field, value), MAX_JSON_DEPTH);
}

function copyJson(task: Task, field: string, value: unknown, depth: number): JsonValue {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw invalid(task, `${field} is ${value}`);
    return value;
  }
  if (depth === 0) throw invalid(task, `${field} is nested deeper than ${MAX_JSON_DEPTH}`);
  if (Array.isArray(value)) {
    return value.map((inner, index) => copyJson(task, `${field}[${index}]`, inner, depth - 1));
  }
  return copyObject(task, field, checkPlainObject(task, field, value), depth);
}

function copyObject(
  task: Task,
  field: string,
  object: Record<string, unknown>,
  depth: number,
): JsonObject {
  const copy: Record<string, JsonValue> = {};
  for (const [key, inner] of Object.entries(object)) {
    const value = copyJson(task, `${field}.${key}`, inner, depth - 1);
    // To assign this one would be to change the prototype.
    if (key === "__proto__") Object.defineProperty(copy, key, { ...OWN, value });
    else copy[key] = value;
  }
  return copy;
}

function checkPlainObject(task: Task, field: string, value: unknown): Record<string, unknown> {
  if (value === null || typeof value !== "object") throw invalid(task, `${field} is not an object`);
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    throw invalid(task, `${field} is not a plain object`);
  }
  return value as Record<string, unknown>;
}

function invalid(task: Task, reason: string): StoreError {
  return cannot(task, "invalid_input", reason);
}
