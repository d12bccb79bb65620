// SPDX-License-Identifier: Apache-2.0

import type { AuditEntryInput, AuditStore } from "@sigil/store";
import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";
import { newId } from "./new_id.ts";

/** An entry of the audit log that is yet without id and time. */
export type AuditRecord = Omit<AuditEntryInput, "id" | "timestamp">;

/** Writes what the gateway does into the audit log. */
export class Recorder {
  readonly #auditLog: AuditStore;
  readonly #clock: Clock;
  readonly #logger: Logger;

  /** Makes one that writes to that log. */
  constructor(auditLog: AuditStore, clock: Clock, logger: Logger) {
    this.#auditLog = auditLog;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Writes an entry: rejects when it cannot be kept, so that nothing is done without a record. */
  async record(record: AuditRecord): Promise<void> {
    const timestamp = this.#clock.now();
    await this.#auditLog.append({ ...record, id: newId(timestamp), timestamp });
  }

  /** Writes that somebody changed something of the gateway. */
  async recordChange(actor: string, action: string, subject: string): Promise<void> {
    await this.record({ action, actor, details: { subject }, result: "ok" });
  }

  /** Writes an entry about something that is over already; a failure is logged. */
  async note(record: AuditRecord): Promise<void> {
    try {
      await this.record(record);
    } catch (error) {
      this.#logger.error("audit entry lost", { action: record.action, error: String(error) });
    }
  }
}
