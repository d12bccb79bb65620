// SPDX-License-Identifier: Apache-2.0

import type { AuditStore } from "./audit_store.ts";
import type { PairingStore } from "./pairing_store.ts";
import type { UserStore } from "./user_store.ts";

/** What a gateway knows beside its workspaces: users, pairings and the audit log. */
export interface GatewayStore extends AsyncDisposable {
  /** Who may use it. */
  readonly users: UserStore;
  /** Which chats are bound to which workspaces. */
  readonly pairings: PairingStore;
  /** What was done. */
  readonly auditLog: AuditStore;
  /** Writes what is pending and closes. Calling it again does nothing. */
  close(): Promise<void>;
}
