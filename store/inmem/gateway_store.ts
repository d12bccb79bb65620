// SPDX-License-Identifier: Apache-2.0

import type { GatewayStore } from "../gateway_store.ts";
import { Guard } from "./_guard.ts";
import { InmemAuditStore } from "./audit_store.ts";
import { InmemPairingStore } from "./pairing_store.ts";
import { InmemUserStore } from "./user_store.ts";

/**
 * Opens a gateway store that forgets everything when it is closed. Requires no permission.
 *
 * @example Usage
 * ```ts
 * import { openGatewayStore } from "@sigil/store/inmem";
 *
 * await using store = await openGatewayStore();
 * await store.users.create({ id: "ada", name: "Ada" });
 * ```
 */
export async function openGatewayStore(): Promise<GatewayStore> {
  const guard = new Guard();
  const users: InmemUserStore = new InmemUserStore(guard, (id) => pairings.forgetUser(id));
  const pairings = new InmemPairingStore(guard, (id) => users.has(id));
  const close = async () => guard.close();
  return {
    users,
    pairings,
    auditLog: new InmemAuditStore(guard),
    close,
    [Symbol.asyncDispose]: close,
  };
}
