// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";
import { configSchema } from "./_schema.ts";

/**
 * Describes `sigil.yaml` as a JSON Schema (draft 2020-12), for editors to complete and check it.
 *
 * It knows keys, types, ranges and defaults; the rest is for {@linkcode validateConfig} to say. Each
 * call gives a new object.
 *
 * @example Usage
 * ```ts
 * import { configJsonSchema } from "@sigil/config";
 *
 * const text = JSON.stringify(configJsonSchema(), null, 2);
 * console.assert(text.includes("active_window"));
 * ```
 */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(configSchema, {
    io: "input",
    target: "draft-2020-12",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => adjust(zodSchema, jsonSchema),
  });
  return { $schema, title: "sigil.yaml", ...rest };
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

function adjust(schema: z.core.$ZodType, jsonSchema: JsonSchema): void {
  if (schema instanceof z.ZodCustom) Object.assign(jsonSchema, { type: "string", minLength: 1 });
  allowEmptySections(jsonSchema);
  // A provider that is named after a type needs none, which only the map around it knows.
  const { required } = jsonSchema;
  if (required?.includes("type")) jsonSchema.required = required.filter((key) => key !== "type");
  if (jsonSchema.required?.length === 0) delete jsonSchema.required;
}

/** A key without a value, as a section has whose lines are all comments, means the defaults. */
function allowEmptySections(jsonSchema: JsonSchema): void {
  if (jsonSchema.type === "object" || jsonSchema.type === "array") {
    Object.assign(jsonSchema, { type: [jsonSchema.type, "null"] });
  }
}
