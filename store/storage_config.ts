// SPDX-License-Identifier: Apache-2.0

/** Names a backend for one kind of data. */
export interface BackendConfig {
  /** Such as `sqlite` or `inmem`. */
  readonly backend?: string | undefined;
}

/** Which backend keeps what. What is left out is kept by `backend`. */
export interface StorageConfig extends BackendConfig {
  /** For sessions. */
  readonly session?: BackendConfig | undefined;
  /** For messages and summaries, and for knowledge unless it says otherwise. */
  readonly memory?:
    | (BackendConfig & { readonly knowledge?: BackendConfig | undefined })
    | undefined;
  /** For embeddings: also `sqlite_vec`, which needs the whole `--allow-ffi`. */
  readonly vector?: BackendConfig | undefined;
  /** For users, pairings and the audit log. */
  readonly gateway?: BackendConfig | undefined;
  /**
   * What a resolved write survives: `normal` the death of the process, `full` also a power cut.
   *
   * @default {"normal"}
   */
  readonly durability?: "normal" | "full" | undefined;
}
