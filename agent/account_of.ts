// SPDX-License-Identifier: Apache-2.0

/**
 * Names the account that a session pays from: the `sessionId` with which the agent asks a provider.
 *
 * Sessions of two workspaces may have the same id; the account of each is its own.
 *
 * @example Usage
 * ```ts
 * import { accountOf } from "@sigil/agent";
 * import { BudgetLedger } from "@sigil/provider";
 *
 * const ledger = new BudgetLedger();
 * ledger.forgetSession(accountOf({ workspaceId: "home", sessionId: "s1" }));
 * ```
 */
export function accountOf(
  { workspaceId, sessionId }: { readonly workspaceId: string; readonly sessionId: string },
): string {
  return `${workspaceId}/${sessionId}`;
}
