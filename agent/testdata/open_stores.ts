// SPDX-License-Identifier: Apache-2.0

import type { MemoryStore, SessionStore, VectorStore, WorkspaceStores } from "@sigil/store";
import * as inmem from "@sigil/store/inmem";
import * as sqlite from "@sigil/store/sqlite";

/** Opens the stores of a workspace in memory. */
export async function openInmemStores(): Promise<WorkspaceStores> {
  const knowledge = await inmem.openKnowledgeStore();
  return toWorkspace(
    await inmem.openSessionStore(),
    await inmem.openMemoryStore(knowledge),
    await inmem.openVectorStore(),
  );
}

/** Opens the stores of a workspace in a directory; vectors are kept in memory. */
export async function openSqliteStores(directory: string): Promise<WorkspaceStores> {
  const knowledge = await sqlite.openKnowledgeStore(`${directory}/knowledge.db`);
  return toWorkspace(
    await sqlite.openSessionStore(`${directory}/sessions.db`),
    await sqlite.openMemoryStore(`${directory}/memory.db`, knowledge),
    await inmem.openVectorStore(),
  );
}

function toWorkspace(
  sessions: SessionStore,
  memory: MemoryStore,
  vectors: VectorStore,
): WorkspaceStores {
  const close = async () => {
    await Promise.all([sessions.close(), memory.close(), vectors.close()]);
  };
  return { sessions, memory, vectors, close, [Symbol.asyncDispose]: close };
}
