// SPDX-License-Identifier: Apache-2.0

import type { AuditEntry } from "../audit_store.ts";
import { readJson } from "./_decode.ts";

/** The columns of an entry of the audit log, in the order of {@linkcode AUDIT_COLUMNS}. */
export type AuditRow = readonly [
  id: string,
  timestamp: number,
  action: string,
  actor: string,
  plugin: string,
  workspaceId: string,
  sessionId: string,
  details: string,
  result: string,
];

/** What to select to get an {@linkcode AuditRow}. */
export const AUDIT_COLUMNS =
  "id, timestamp, action, actor, plugin, workspace_id, session_id, details, result";

/** What to bind for {@linkcode AUDIT_COLUMNS}. */
export function toAuditRow(entry: AuditEntry): AuditRow {
  const { id, timestamp, action, actor, plugin, workspaceId, sessionId, details, result } = entry;
  return [
    id,
    timestamp.getTime(),
    action,
    actor,
    plugin,
    workspaceId,
    sessionId,
    JSON.stringify(details),
    result,
  ];
}

/** Makes an entry of a row, which may have further columns. */
export function fromAuditRow(row: readonly [...AuditRow, ...unknown[]]): AuditEntry {
  return {
    id: row[0],
    timestamp: new Date(row[1]),
    action: row[2],
    actor: row[3],
    plugin: row[4],
    workspaceId: row[5],
    sessionId: row[6],
    details: readJson(row[7]),
    result: row[8],
  };
}
