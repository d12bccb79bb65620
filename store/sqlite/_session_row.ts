// SPDX-License-Identifier: Apache-2.0

import { type Session, SESSION_STATUSES } from "../session_store.ts";
import { readWord } from "./_decode.ts";

/** The columns of a session, in the order of {@linkcode SESSION_COLUMNS}. */
export type SessionRow = readonly [
  id: string,
  workspaceId: string,
  userId: string,
  summary: string,
  lastCompaction: number | null,
  modelOverride: string,
  toolMaxPerTurn: number,
  toolMaxPerSession: number,
  toolUsed: number,
  tokenMaxPerSession: number,
  tokenMaxPerHour: number,
  tokenMaxPerDay: number,
  tokenUsedSession: number,
  tokenUsedHour: number,
  tokenUsedDay: number,
  status: string,
  createdAt: number,
  updatedAt: number,
];

/** What to select to get a {@linkcode SessionRow}. */
export const SESSION_COLUMNS = `id, workspace_id, user_id, summary, last_compaction, model_override,
  tool_max_per_turn, tool_max_per_session, tool_used,
  token_max_per_session, token_max_per_hour, token_max_per_day,
  token_used_session, token_used_hour, token_used_day,
  status, created_at, updated_at`;

/** What to bind for {@linkcode SESSION_COLUMNS}. */
export function toSessionRow(session: Session): SessionRow {
  const { toolBudget, tokenBudget } = session;
  return [
    session.id,
    session.workspaceId,
    session.userId,
    session.summary,
    session.lastCompaction?.getTime() ?? null,
    session.modelOverride,
    toolBudget.maxCallsPerTurn,
    toolBudget.maxCallsPerSession,
    toolBudget.used,
    tokenBudget.maxPerSession,
    tokenBudget.maxPerHour,
    tokenBudget.maxPerDay,
    tokenBudget.usedSession,
    tokenBudget.usedHour,
    tokenBudget.usedDay,
    session.status,
    session.createdAt.getTime(),
    session.updatedAt.getTime(),
  ];
}

/** Makes a session of a row. */
export function fromSessionRow(row: SessionRow): Session {
  return {
    id: row[0],
    workspaceId: row[1],
    userId: row[2],
    summary: row[3],
    lastCompaction: row[4] === null ? null : new Date(row[4]),
    modelOverride: row[5],
    toolBudget: { maxCallsPerTurn: row[6], maxCallsPerSession: row[7], used: row[8] },
    tokenBudget: {
      maxPerSession: row[9],
      maxPerHour: row[10],
      maxPerDay: row[11],
      usedSession: row[12],
      usedHour: row[13],
      usedDay: row[14],
    },
    status: readWord(row[15], SESSION_STATUSES),
    createdAt: new Date(row[16]),
    updatedAt: new Date(row[17]),
  };
}
