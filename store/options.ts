// SPDX-License-Identifier: Apache-2.0

/** Options of every call: a signal that gives up waiting. */
export interface CallOptions {
  /** When it aborts, the call rejects with the signal's reason. A write already begun may still be kept. */
  readonly signal?: AbortSignal | undefined;
}

/** Which part of a long list to give. */
export interface ListOptions extends CallOptions {
  /** How many at most; 0 or absent means 100. At most 10,000. */
  readonly limit?: number | undefined;
  /** How many to leave out first; 0 when absent. */
  readonly offset?: number | undefined;
}

/** How many at most. */
export interface LimitOptions extends CallOptions {
  /** How many at most; 0 or absent means 100. At most 10,000. */
  readonly limit?: number | undefined;
}

/** A span of time: `from` belongs to it, `to` does not. */
export interface TimeRange {
  /** The first moment inside. */
  readonly from: Date;
  /** The first moment after. */
  readonly to: Date;
}
