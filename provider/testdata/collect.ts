// SPDX-License-Identifier: Apache-2.0

import type { ChatEvent } from "../chat.ts";

/** Reads all events of an answer. */
export function collect(events: AsyncIterable<ChatEvent>): Promise<ChatEvent[]> {
  return Array.fromAsync(events);
}

/** Joins the text of an answer. */
export function textOf(events: readonly ChatEvent[]): string {
  return events.map((event) => event.type === "text_delta" ? event.text : "").join("");
}
