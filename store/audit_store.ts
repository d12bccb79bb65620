// SPDX-License-Identifier: Apache-2.0

import type { JsonObject } from "./knowledge_store.ts";
import type { CallOptions, ListOptions } from "./options.ts";

/** One line of the record of what was done. */
export interface AuditEntry {
  /** Unique in the gateway. */
  readonly id: string;
  /** When it was done, to the millisecond. */
  readonly timestamp: Date;
  /** What was done, such as `tool.execute`. */
  readonly action: string;
  /** Who did it. */
  readonly actor: string;
  /** The plugin it was done through; empty for none. */
  readonly plugin: string;
  /** The workspace it was done in; empty for none. */
  readonly workspaceId: string;
  /** The session it was done in; empty for none. */
  readonly sessionId: string;
  /** Whatever else belongs to it. Never a secret. */
  readonly details: JsonObject;
  /** How it ended, such as `ok` or `denied`. */
  readonly result: string;
}

/** An {@linkcode AuditEntry} as handed in: done now, and of no plugin, workspace or session, unless it says otherwise. */
export type AuditEntryInput =
  & Pick<AuditEntry, "id" | "action" | "actor" | "result">
  & {
    readonly [Key in "timestamp" | "plugin" | "workspaceId" | "sessionId" | "details"]?:
      | AuditEntry[Key]
      | undefined;
  };

/** Which entries to give; what is left out is not asked for. */
export interface AuditFilter extends ListOptions {
  /** Exactly this action. */
  readonly action?: string | undefined;
  /** Exactly this actor. */
  readonly actor?: string | undefined;
  /** Exactly this plugin. */
  readonly plugin?: string | undefined;
  /** Exactly this workspace. */
  readonly workspaceId?: string | undefined;
  /** At or after this moment. */
  readonly from?: Date | undefined;
  /** Before this moment. */
  readonly to?: Date | undefined;
}

/** What {@linkcode AuditStore.verify} found. */
export type AuditVerification =
  | { readonly status: "intact"; readonly entries: number }
  | { readonly status: "broken"; readonly entries: number; readonly brokenId: string };

/**
 * Keeps the audit log. Each entry is sealed with a hash over itself and the one before it, so that a
 * change or a removal within the log shows.
 */
export interface AuditStore {
  /**
   * Adds an entry.
   *
   * @throws {StoreError} With code `conflict` when the id is taken, `invalid_input` when a field is malformed.
   */
  append(entry: AuditEntryInput, options?: CallOptions): Promise<void>;

  /** Gives entries, the newest first; ties with the later appended first. */
  query(filter?: AuditFilter): Promise<readonly AuditEntry[]>;

  /**
   * Walks the chain of hashes from the first entry and names the first that does not fit, or that
   * {@linkcode query} would leave out.
   */
  verify(options?: CallOptions): Promise<AuditVerification>;
}
