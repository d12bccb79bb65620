// SPDX-License-Identifier: Apache-2.0

import type { ErrorObject } from "ajv";
import { ajvFor } from "./_ajv.ts";

/** What is wrong with a JSON Schema, and where in it. */
export interface JsonSchemaProblem {
  /** Keys and indices from the schema's root. */
  readonly path: readonly string[];
  /** In one sentence. */
  readonly message: string;
}

/** Finds what is wrong with a JSON Schema of draft 2020-12 or, when it says so, draft 7. */
export function jsonSchemaProblems(schema: Readonly<Record<string, unknown>>): JsonSchemaProblem[] {
  const ajv = ajvFor(schema);
  try {
    if (ajv.validateSchema(schema) !== true) return deepest(ajv.errors ?? []).map(toProblem);
    ajv.compile(schema);
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [{ path: [], message: `Not a JSON Schema that can be used: ${reason}` }];
  }
}

/** Of the errors of one place, the first tells enough: the others are its further attempts. */
function deepest(errors: readonly ErrorObject[]): ErrorObject[] {
  const byPlace = new Map<string, ErrorObject>();
  for (const error of errors) {
    if (!byPlace.has(error.instancePath)) byPlace.set(error.instancePath, error);
  }
  return [...byPlace.values()];
}

function toProblem(error: ErrorObject): JsonSchemaProblem {
  const path = error.instancePath.split("/").slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const allowed: unknown = error.params.allowedValues;
  const values = Array.isArray(allowed) ? `: ${allowed.join(", ")}` : "";
  return { path, message: `Not a JSON Schema: it ${error.message ?? "is invalid"}${values}` };
}
