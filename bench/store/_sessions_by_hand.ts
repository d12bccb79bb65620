// SPDX-License-Identifier: Apache-2.0

import { openByHand, prepare, type Value } from "./_sql_by_hand.ts";

/** Reads the very tables of the session store: the same columns into the same objects, without it. */
export interface SessionsByHand extends Disposable {
  /** Gives a session by its id. */
  getSession(id: string): unknown;
  /** Gives the newest messages of a session, oldest first. */
  getWindow(sessionId: string, limit: number): readonly unknown[];
}

const SESSION_COLUMNS = `id, workspace_id, user_id, summary, last_compaction, model_override,
  tool_max_per_turn, tool_max_per_session, tool_used, token_max_per_session, token_max_per_hour,
  token_max_per_day, token_used_session, token_used_hour, token_used_day, status, created_at, updated_at`;
const MESSAGE_COLUMNS = "id, role, content, tool_call_id, tool_name, created_at, metadata";

/** Opens the file of a session store beside it. */
export function openSessionsByHand(path: string): SessionsByHand {
  const database = openByHand(path);
  const session = prepare(database, `SELECT ${SESSION_COLUMNS} FROM sessions WHERE id = ?`);
  const window = prepare(
    database,
    `SELECT ${MESSAGE_COLUMNS} FROM messages
     WHERE session = (SELECT number FROM sessions WHERE id = ?)
     ORDER BY created_at DESC, number DESC LIMIT ?`,
  );
  return {
    getSession: (id) => toSession(session.get(id) ?? []),
    getWindow: (sessionId, limit) =>
      window.all(sessionId, limit).map((row) => toMessage(row, sessionId)).reverse(),
    [Symbol.dispose]: () => database.close(),
  };
}

function toSession(row: readonly Value[]): unknown {
  return {
    id: row[0],
    workspaceId: row[1],
    userId: row[2],
    summary: row[3],
    lastCompaction: row[4] === null ? null : new Date(Number(row[4])),
    modelOverride: row[5],
    toolBudget: {
      maxCallsPerTurn: row[6],
      maxCallsPerSession: row[7],
      used: row[8],
    },
    tokenBudget: {
      maxPerSession: row[9],
      maxPerHour: row[10],
      maxPerDay: row[11],
      usedSession: row[12],
      usedHour: row[13],
      usedDay: row[14],
    },
    status: row[15],
    createdAt: new Date(Number(row[16])),
    updatedAt: new Date(Number(row[17])),
  };
}

function toMessage(row: readonly Value[], sessionId: string): unknown {
  return {
    id: row[0],
    sessionId,
    role: row[1],
    content: row[2],
    toolCallId: row[3],
    toolName: row[4],
    createdAt: new Date(Number(row[5])),
    metadata: row[6] === "{}" ? {} : JSON.parse(String(row[6])),
  };
}
