// SPDX-License-Identifier: Apache-2.0

/**
 * The program of the thread that runs long queries, as text: a thread that is started from text needs
 * no permission to read code, wherever this module was loaded from.
 *
 * It takes `{ id, sql, values }` and answers `{ id, rows }` or `{ id, error: { message, errcode } }`.
 */
export const READER_WORKER_SOURCE = `
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

// Each workspace has statements of its own, and there may be any number of workspaces.
const MAX_STATEMENTS = 100;

let database;
const statements = new Map();

parentPort.on("message", ({ id, sql, values }) => {
  try {
    parentPort.postMessage({ id, rows: prepare(sql).all(...values) });
  } catch (error) {
    parentPort.postMessage({ id, error: { message: error.message, errcode: error.errcode } });
  }
});

function prepare(sql) {
  let statement = statements.get(sql);
  if (statement === undefined) {
    statement = open().prepare(sql);
    statement.setReturnArrays(true);
    statements.set(sql, statement);
    if (statements.size > MAX_STATEMENTS) statements.delete(statements.keys().next().value);
  }
  return statement;
}

function open() {
  if (database === undefined) {
    database = new DatabaseSync(workerData.path, { readOnly: true, timeout: workerData.timeoutMs });
    database.exec("PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY");
  }
  return database;
}
`;
