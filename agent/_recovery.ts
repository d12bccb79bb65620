// SPDX-License-Identifier: Apache-2.0

import type { WorkspaceStores } from "@sigil/store";
import type { OpenWorkspace } from "./options.ts";
import type { Parts } from "./_parts.ts";

/** How many half stored summaries are dropped: more than a process can leave behind. */
const MAX_PENDING = 10_000;

/**
 * Puts right, before a workspace is first used, what an earlier process left half done in it.
 *
 * When that fails, opening the workspace fails, and the next opening tries again.
 */
export function recoverOnce({ openWorkspace, logger }: Parts): OpenWorkspace {
  const recovered = new Map<string, Promise<void>>();

  async function recover(stores: WorkspaceStores, workspaceId: string): Promise<void> {
    try {
      const dropped = await dropPendingSummaries(stores, workspaceId);
      if (dropped > 0) logger.info("pending summaries dropped", { workspaceId, dropped });
    } catch (error) {
      recovered.delete(workspaceId);
      throw error;
    }
  }

  return async (workspaceId) => {
    const stores = await openWorkspace(workspaceId);
    const recovery = recovered.get(workspaceId) ?? recover(stores, workspaceId);
    recovered.set(workspaceId, recovery);
    await recovery;
    return stores;
  };
}

/**
 * Drops the summaries that were stored but not confirmed. Their messages are all still in their
 * sessions, and are summed up again.
 */
async function dropPendingSummaries(
  { memory }: WorkspaceStores,
  workspaceId: string,
): Promise<number> {
  const pending = await memory.summaries.getLatest(workspaceId, MAX_PENDING, { status: "pending" });
  if (pending.length === 0) return 0;
  return await memory.summaries.deleteByIds(workspaceId, pending.map(({ id }) => id));
}
