// SPDX-License-Identifier: Apache-2.0

import { type AuditStore, openGatewayStore, openWorkspaceStores } from "@sigil/store";
import { join } from "node:path";

const STORAGE = { backend: "sqlite" } as const;
const PAGE = 10_000;

/** What a gateway that is gone has left on disk. */
export interface Stored {
  /** Messages of users and of the agent. */
  readonly messages: number;
  /** Turns that the audit log says were answered. */
  readonly turns: number;
  /** Answers of models that the audit log says were passed through. */
  readonly passedThrough: number;
}

/**
 * Counts what is stored in a data directory, and checks the seals of its audit log.
 *
 * @throws {Error} When the audit log has been changed.
 */
export async function countStored(directory: string): Promise<Stored> {
  await using gateway = await openGatewayStore(STORAGE, directory);
  const workspace = join(directory, "workspaces", "default");
  await using stores = await openWorkspaceStores(STORAGE, workspace);
  const { status } = await gateway.auditLog.verify();
  if (status !== "intact") throw new Error("The audit log is broken");
  return {
    messages: await stores.memory.messages.count("default"),
    turns: await countAnswered(gateway.auditLog, "turn.run"),
    passedThrough: await countAnswered(gateway.auditLog, "chat.completion"),
  };
}

async function countAnswered(
  auditLog: AuditStore,
  action: string,
): Promise<number> {
  let count = 0;
  for (let offset = 0;; offset += PAGE) {
    const entries = await auditLog.query({ action, limit: PAGE, offset });
    count += entries.filter(({ result }) => result === "ok").length;
    if (entries.length < PAGE) return count;
  }
}
