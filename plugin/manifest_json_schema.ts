// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";
import { MANIFEST_SCHEMA } from "./_manifest_schema.ts";

/**
 * Gives the JSON Schema (draft 2020-12) of `plugin.yaml`, for editors.
 *
 * It knows every key, its kind and its meaning. Rules that a JSON Schema cannot tell, such as those
 * of versions and hosts, are checked by {@linkcode parseManifest} alone.
 *
 * @example Usage
 * ```ts
 * import { manifestJsonSchema } from "@sigil/plugin";
 *
 * const text = JSON.stringify(manifestJsonSchema(), null, 2);
 * // write it to plugin.schema.json, and start plugin.yaml with
 * // # yaml-language-server: $schema=plugin.schema.json
 * ```
 */
export function manifestJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(MANIFEST_SCHEMA, { io: "input", target: "draft-2020-12" });
  return { ...schema, title: "The manifest of a Sigil plugin: plugin.yaml" };
}
