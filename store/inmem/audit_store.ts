// SPDX-License-Identifier: Apache-2.0

import { cannot } from "../_cannot.ts";
import { completeAuditEntry } from "../_complete.ts";
import { FIRST_SEAL, isSameSeal, seal } from "../_seal.ts";
import { checkCount, checkDate, checkKey, checkLimit } from "../_validate.ts";
import type {
  AuditEntry,
  AuditEntryInput,
  AuditFilter,
  AuditStore,
  AuditVerification,
} from "../audit_store.ts";
import type { CallOptions } from "../options.ts";
import type { Guard } from "./_guard.ts";
import { page } from "../_order.ts";

interface SealedEntry {
  readonly entry: AuditEntry;
  readonly seal: Uint8Array;
  readonly number: number;
}

const FIELDS = ["action", "actor", "plugin", "workspaceId"] as const;

/** Keeps the audit log in memory. */
export class InmemAuditStore implements AuditStore {
  readonly #guard: Guard;
  readonly #entries: SealedEntry[] = [];

  /** Fails once `guard` is closed. */
  constructor(guard: Guard) {
    this.#guard = guard;
  }

  async append(input: AuditEntryInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "append audit entry", subject: input.id };
    const entry = structuredClone(completeAuditEntry(task, input));
    this.#guard.check(task, options);
    if (this.#entries.some(({ entry: { id } }) => id === entry.id)) {
      throw cannot(task, "conflict", "that id is already taken");
    }
    const previous = this.#entries.at(-1)?.seal ?? FIRST_SEAL;
    this.#entries.push({ entry, seal: seal(previous, entry), number: this.#entries.length });
  }

  async query(filter: AuditFilter = {}): Promise<readonly AuditEntry[]> {
    const task = { action: "query", subject: "audit log" };
    for (const field of FIELDS) {
      if (filter[field] !== undefined) checkKey(task, field, filter[field]);
    }
    for (const field of ["from", "to"] as const) {
      if (filter[field] !== undefined) checkDate(task, field, filter[field]);
    }
    const limit = checkLimit(task, filter.limit);
    const offset = checkCount(task, "offset", filter.offset ?? 0);
    this.#guard.check(task, filter);
    const found = this.#entries
      .filter(({ entry }) => isAskedFor(entry, filter))
      .sort((left, right) =>
        right.entry.timestamp.getTime() - left.entry.timestamp.getTime() ||
        right.number - left.number
      );
    return structuredClone(page(found, limit, offset).map(({ entry }) => entry));
  }

  async verify(options: CallOptions = {}): Promise<AuditVerification> {
    this.#guard.check({ action: "verify", subject: "audit log" }, options);
    let previous = FIRST_SEAL;
    for (const [entries, sealed] of this.#entries.entries()) {
      if (!isSameSeal(sealed.seal, seal(previous, sealed.entry))) {
        return { status: "broken", entries, brokenId: sealed.entry.id };
      }
      previous = sealed.seal;
    }
    return { status: "intact", entries: this.#entries.length };
  }
}

function isAskedFor(entry: AuditEntry, filter: AuditFilter): boolean {
  if (FIELDS.some((field) => filter[field] !== undefined && filter[field] !== entry[field])) {
    return false;
  }
  if (filter.from !== undefined && entry.timestamp < filter.from) return false;
  return filter.to === undefined || entry.timestamp < filter.to;
}
