// SPDX-License-Identifier: Apache-2.0

/** One line of the record of what plugins did and were refused. */
export interface AuditRecord {
  /** Unique. */
  readonly id: string;
  /** When it was. */
  readonly timestamp: Date;
  /** What was done, such as `capability.check` or `plugin.crash`. */
  readonly action: string;
  /** The user on whose behalf; the plugin when there is none. */
  readonly actor: string;
  /** The plugin; empty for the gateway itself. */
  readonly plugin: string;
  /** The workspace; empty for none. */
  readonly workspaceId: string;
  /** The session; empty for none. */
  readonly sessionId: string;
  /** Whatever else belongs to it. Never a secret. */
  readonly details: Record<string, string>;
  /** How it ended: `allowed`, `denied`, `ok` or `error`. */
  readonly result: string;
}

/** Where it is recorded what plugins did and were refused. */
export interface AuditSink {
  /** Adds an entry. */
  append(entry: AuditRecord): Promise<void>;
}
