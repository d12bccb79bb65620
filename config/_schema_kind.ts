// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";
import type { Path } from "./_path.ts";

/** Any schema of zod. */
export type Schema = z.core.$ZodType;

/** What a schema expects, once defaults and the like are taken off. */
export type SchemaKind =
  | { readonly type: "object"; readonly shape: Readonly<Record<string, Schema>> }
  | { readonly type: "map"; readonly value: Schema }
  | { readonly type: "list"; readonly item: Schema }
  | { readonly type: "secret" | "any" | "text" | "number" | "boolean" };

/** Tells what a schema expects. */
export function kindOf(schema: Schema): SchemaKind {
  if (isWrapper(schema)) return kindOf(schema.def.innerType);
  if (schema instanceof z.ZodObject) return { type: "object", shape: schema.shape };
  if (schema instanceof z.ZodRecord) return { type: "map", value: schema.valueType };
  if (schema instanceof z.ZodArray) return { type: "list", item: schema.element };
  if (schema instanceof z.ZodCustom) return { type: "secret" };
  if (schema instanceof z.ZodNumber) return { type: "number" };
  if (schema instanceof z.ZodBoolean) return { type: "boolean" };
  return { type: schema instanceof z.ZodAny ? "any" : "text" };
}

function isWrapper(schema: Schema): schema is z.ZodOptional | z.ZodDefault | z.ZodPrefault {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault;
}

/** Gives the schema of a child, or undefined where there can be none of that name. */
export function childSchema(schema: Schema, key: string | number): Schema | undefined {
  const kind = kindOf(schema);
  switch (kind.type) {
    case "object":
      return typeof key === "string" && Object.hasOwn(kind.shape, key)
        ? kind.shape[key]
        : undefined;
    case "map":
      return typeof key === "string" ? kind.value : undefined;
    case "list":
      return typeof key === "number" ? kind.item : undefined;
    case "any":
      return schema;
    default:
      return undefined;
  }
}

/** Gives the schema of the value at a path, or undefined where there can be none. */
export function schemaAt(schema: Schema, path: Path): Schema | undefined {
  return path.reduce<Schema | undefined>(
    (parent, key) => parent && childSchema(parent, key),
    schema,
  );
}

const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, 1: true, false: false, 0: false };

/**
 * Reads a text, such as the value of a variable, as what a schema expects.
 *
 * Lists are JSON, or texts with commas between; mappings are JSON. A text that does not fit is given
 * back as it is, for the schema to report.
 */
export function coerceText(text: string, schema: Schema): unknown {
  const { type } = kindOf(schema);
  switch (type) {
    case "number":
      return NUMBER.test(text.trim()) ? Number(text) : text;
    case "boolean":
      return BOOLEANS[text.trim().toLowerCase()] ?? text;
    case "list":
      return text.trimStart().startsWith("[") ? parseJson(text) : splitList(text);
    case "object":
    case "map":
      return parseJson(text);
    default:
      return text;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function splitList(text: string): readonly string[] {
  return text.split(",").map((item) => item.trim()).filter(Boolean);
}
