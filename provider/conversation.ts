// SPDX-License-Identifier: Apache-2.0

import type { ChatRequest } from "./chat.ts";

/** All that a model is told before the conversation, as one text: most vendors take none later. */
export function systemText({ messages, systemPrompt = "" }: ChatRequest): string {
  const texts = messages.filter(({ role }) => role === "system").map(({ content }) => content);
  return [systemPrompt, ...texts].filter((text) => text !== "").join("\n\n");
}

/** Vendors want an object; what a model wrote may be none, and is then shown to it as it was. */
export function parseToolArguments(text: string): object {
  try {
    const value: unknown = JSON.parse(text === "" ? "{}" : text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Not JSON: see below.
  }
  return { malformed_arguments: text };
}
