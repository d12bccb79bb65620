// SPDX-License-Identifier: Apache-2.0

import { createHash } from "node:crypto";
import type { AuditEntry } from "./audit_store.ts";

/** The seal before the first entry. */
export const FIRST_SEAL: Uint8Array = new Uint8Array(32);

/** Gives the SHA-256 over an entry and the seal of the one before it. */
export function seal(previous: Uint8Array, entry: AuditEntry): Uint8Array {
  const { id, timestamp, action, actor, plugin, workspaceId, sessionId, details, result } = entry;
  const fields = [
    id,
    timestamp.getTime(),
    action,
    actor,
    plugin,
    workspaceId,
    sessionId,
    details,
    result,
  ];
  return new Uint8Array(
    createHash("sha256").update(previous).update(JSON.stringify(fields)).digest(),
  );
}

/** Whether two seals are the same. */
export function isSameSeal(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
