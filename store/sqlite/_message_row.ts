// SPDX-License-Identifier: Apache-2.0

import { type Message, MESSAGE_ROLES } from "../message.ts";
import { readJson, readWord } from "./_decode.ts";

/** The columns of a message, in the order of {@linkcode MESSAGE_COLUMNS}. */
export type MessageRow = readonly [
  id: string,
  role: string,
  content: string,
  toolCallId: string,
  toolName: string,
  createdAt: number,
  metadata: string,
];

/** Messages that are longer, in UTF-16 units, are inserted one by one. */
const MAX_BULK_LENGTH = 4096;

/** What to select to get a {@linkcode MessageRow}. */
export const MESSAGE_COLUMNS = "id, role, content, tool_call_id, tool_name, created_at, metadata";

/** What to bind for {@linkcode MESSAGE_COLUMNS}. */
export function toMessageRow(message: Message): MessageRow {
  const { id, role, content, toolCallId, toolName, createdAt, metadata } = message;
  return [id, role, content, toolCallId, toolName, createdAt.getTime(), encodeMetadata(metadata)];
}

/** Makes a message of a row, which may have further columns. */
export function fromMessageRow(
  row: readonly [...MessageRow, ...unknown[]],
  sessionId: string,
): Message {
  return {
    id: row[0],
    sessionId,
    role: readWord(row[1], MESSAGE_ROLES),
    content: row[2],
    toolCallId: row[3],
    toolName: row[4],
    createdAt: new Date(row[5]),
    metadata: readJson(row[6]),
  };
}

/**
 * Whether a message may be inserted with others by one statement, which keeps what was bound to it last:
 * 64 long messages would be too much.
 */
export function isShort([, , content, , , , metadata]: MessageRow): boolean {
  return content.length + metadata.length <= MAX_BULK_LENGTH;
}

/** Most messages have none: spare them the work of JSON. */
function encodeMetadata(metadata: Message["metadata"]): string {
  for (const _key in metadata) return JSON.stringify(metadata);
  return "{}";
}
