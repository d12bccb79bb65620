// SPDX-License-Identifier: Apache-2.0

/** The tags that mark text as data. No text between them can close or open one. */
type TagName = "tool_result" | "conversation_summary" | "conversation";

/** A `<` that opens or closes one of the tags, however it is written. */
const TAG_START = /<(?=\s*\/?\s*(?:tool_result|conversation_summary|conversation)\b)/gi;

/**
 * Puts text that is not to be trusted between tags, for a model.
 *
 * A `<` that would open or close a tag becomes `\u003c`: inside JSON it still reads as `<`.
 */
export function tagUntrusted(
  name: TagName,
  content: string,
  attributes: Readonly<Record<string, string>> = {},
): string {
  const written = Object.entries({ ...attributes, trust: "untrusted" })
    .map(([key, value]) => ` ${key}="${value.replaceAll(/[^\w.-]/g, "_")}"`).join("");
  return `<${name}${written}>\n${neutralise(content)}\n</${name}>`;
}

function neutralise(content: string): string {
  return content.replaceAll(TAG_START, "\\u003c");
}
