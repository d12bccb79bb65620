// SPDX-License-Identifier: Apache-2.0

import type { GatewayStore } from "../gateway_store.ts";
import { type Database, type DatabaseOptions, openDatabase } from "./_database.ts";
import { GATEWAY_SCHEMA } from "./_gateway_schema.ts";
import { SqliteAuditStore } from "./audit_store.ts";
import { SqlitePairingStore } from "./pairing_store.ts";
import { SqliteUserStore } from "./user_store.ts";

/**
 * Opens the gateway database at `path`, creating or upgrading it.
 *
 * Requires `--allow-read` and `--allow-write` for `path`; none for `":memory:"`.
 *
 * @throws {StoreError} With code `corrupt`, `too_new`, `busy`, `full`, `read_only` or `unavailable`.
 *
 * @example Usage
 * ```ts
 * import { openGatewayStore } from "@sigil/store/sqlite";
 *
 * await using store = await openGatewayStore(":memory:");
 * await store.users.create({
 *   id: "ada",
 *   name: "Ada",
 *   identities: [{ channel: "telegram", platformId: "1815" }],
 * });
 * const user = await store.users.getByExternalId("telegram", "1815");
 * ```
 */
export async function openGatewayStore(
  path: string,
  options: DatabaseOptions = {},
): Promise<GatewayStore> {
  return new SqliteGatewayStore(openDatabase(path, GATEWAY_SCHEMA, options));
}

class SqliteGatewayStore implements GatewayStore {
  readonly users: SqliteUserStore;
  readonly pairings: SqlitePairingStore;
  readonly auditLog: SqliteAuditStore;
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    this.users = new SqliteUserStore(database);
    this.pairings = new SqlitePairingStore(database);
    this.auditLog = new SqliteAuditStore(database);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
