// SPDX-License-Identifier: Apache-2.0

import { createHash } from "node:crypto";
import type { JsonObject } from "../../knowledge_store.ts";

/** Longer attributes are kept as their hash, so that a long text in metadata does not fill the index. */
const MAX_ATTRIBUTE_LENGTH = 200;

/** Gives the text that a key with a value is indexed under. `1`, `"1"` and `true` differ. */
export function attributeOf(key: string, value: string | number | boolean): string {
  const text = JSON.stringify([key, value]);
  if (text.length <= MAX_ATTRIBUTE_LENGTH) return text;
  return createHash("sha256").update(text).digest("hex");
}

/** Gives the attributes of metadata: of each key whose value can be filtered by. */
export function attributesOf(metadata: JsonObject): readonly string[] {
  return Object.entries(metadata).flatMap(([key, value]) => {
    const isFilterable = typeof value === "string" || typeof value === "number" ||
      typeof value === "boolean";
    return isFilterable ? [attributeOf(key, value)] : [];
  });
}
