// SPDX-License-Identifier: Apache-2.0

import type { KnowledgeStore } from "../knowledge_store.ts";
import type { MemoryStore } from "../memory_store.ts";
import { type Database, type DatabaseOptions, openDatabase } from "./_database.ts";
import { MEMORY_SCHEMA } from "./_memory_schema.ts";
import { SqliteMessageStore } from "./message_store.ts";
import { SqliteSummaryStore } from "./summary_store.ts";

/**
 * Opens the memory database at `path`, creating or upgrading it: messages and summaries in one file.
 *
 * Requires `--allow-read` and `--allow-write` for `path`; none for `":memory:"`.
 *
 * @param knowledge The third part of the memory; closing the memory closes it.
 * @throws {StoreError} With code `corrupt`, `too_new`, `busy`, `full`, `read_only` or `unavailable`.
 *
 * @example Usage
 * ```ts
 * import { openKnowledgeStore, openMemoryStore } from "@sigil/store/sqlite";
 *
 * await using memory = await openMemoryStore(":memory:", await openKnowledgeStore(":memory:"));
 * await memory.messages.append("home", { id: "m1", role: "user", content: "The key is under the mat" });
 * ```
 */
export async function openMemoryStore(
  path: string,
  knowledge: KnowledgeStore,
  options: DatabaseOptions = {},
): Promise<MemoryStore> {
  return new SqliteMemoryStore(openDatabase(path, MEMORY_SCHEMA, options), knowledge);
}

class SqliteMemoryStore implements MemoryStore {
  readonly messages: SqliteMessageStore;
  readonly summaries: SqliteSummaryStore;
  readonly knowledge: KnowledgeStore;

  constructor(database: Database, knowledge: KnowledgeStore) {
    this.messages = new SqliteMessageStore(database);
    this.summaries = new SqliteSummaryStore(database);
    this.knowledge = knowledge;
  }

  async close(): Promise<void> {
    await using _knowledge = this.knowledge;
    await this.messages.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
