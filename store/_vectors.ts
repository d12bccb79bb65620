// SPDX-License-Identifier: Apache-2.0

/**
 * What every vector store accepts, and how it compares: the same checks and the same arithmetic in
 * each backend.
 */

import { cannot, type Task } from "./_cannot.ts";
import type { StoreError } from "./errors.ts";
import { compareText } from "./_order.ts";
import type { JsonObject } from "./knowledge_store.ts";
import type { VectorFilters, VectorResult } from "./vector_store.ts";

/** The longest embedding. */
export const MAX_DIMENSIONS = 8192;

/** A filter that has been checked. */
export type VectorFilter = readonly [key: string, value: string | number | boolean];

/** Checks an embedding and copies it. */
export function checkEmbedding(
  task: Task,
  field: string,
  value: Float32Array | readonly number[],
): Float32Array {
  if (!(value instanceof Float32Array) && !Array.isArray(value)) {
    throw invalid(task, `${field} is neither a Float32Array nor a list of numbers`);
  }
  if (value.length === 0 || value.length > MAX_DIMENSIONS) {
    throw invalid(task, `${field} has ${value.length} numbers, not 1 to ${MAX_DIMENSIONS}`);
  }
  const embedding = new Float32Array(value);
  const wrong = findUnusable(value, embedding);
  if (wrong >= 0) throw invalid(task, `${field}[${wrong}] is not a finite 32-bit number`);
  if (isZero(embedding)) throw invalid(task, `${field} is all zeros`);
  return embedding;
}

/** A text or null silently becomes a number in a Float32Array, so what was given is looked at too. */
function findUnusable(given: Float32Array | readonly number[], embedding: Float32Array): number {
  for (let i = 0; i < embedding.length; i++) {
    if (!Number.isFinite(embedding[i]) || typeof given[i] !== "number") return i;
  }
  return -1;
}

function isZero(embedding: Float32Array): boolean {
  for (const number of embedding) if (number !== 0) return false;
  return true;
}

/** Refuses an embedding that is not as long as those of the collection. */
export function checkDimensions(task: Task, dimensions: number, embedding: Float32Array): void {
  if (embedding.length === dimensions) return;
  throw cannot(
    task,
    "dimension_mismatch",
    `it has ${embedding.length} numbers, but those of the collection have ${dimensions}`,
  );
}

/** Checks filters. */
export function checkFilters(
  task: Task,
  filters: VectorFilters | undefined,
): readonly VectorFilter[] {
  if (filters === undefined) return [];
  if (filters === null || typeof filters !== "object" || Array.isArray(filters)) {
    throw invalid(task, "filters are not an object");
  }
  return Object.entries(filters).map(([key, value]) => {
    if (typeof value === "string" || typeof value === "boolean") return [key, value];
    if (typeof value === "number" && Number.isFinite(value)) return [key, value];
    throw invalid(task, `filter ${key} is not a string, a finite number or a boolean`);
  });
}

/** Tells whether metadata carries what every filter asks for. */
export function matchesFilters(metadata: JsonObject, filters: readonly VectorFilter[]): boolean {
  return filters.every(([key, value]) => Object.hasOwn(metadata, key) && metadata[key] === value);
}

/**
 * Gives the cosine similarity of two embeddings, rounded to 32 bits: embeddings of one direction then
 * have one score, whatever their lengths.
 */
export function cosineSimilarity(a: Float32Array, b: Float32Array): number {
  let product = 0;
  let lengthA = 0;
  let lengthB = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] ?? 0;
    const y = b[i] ?? 0;
    product += x * y;
    lengthA += x * x;
    lengthB += y * y;
  }
  const cosine = product / (Math.sqrt(lengthA) * Math.sqrt(lengthB));
  return Math.fround(Math.min(1, Math.max(-1, cosine)));
}

/** Orders results: the nearest first, ties by id. */
export function compareResults(
  a: Pick<VectorResult, "id" | "score">,
  b: Pick<VectorResult, "id" | "score">,
): number {
  return b.score - a.score || compareText(a.id, b.id);
}

function invalid(task: Task, reason: string): StoreError {
  return cannot(task, "invalid_input", reason);
}
