// SPDX-License-Identifier: Apache-2.0

import type { Rate } from "./rate_limiter.ts";

/** What one client may ask of a gateway, and how long the gateway waits. Times are in milliseconds. */
export interface Limits {
  /** The longest body of a request, in bytes. */
  readonly maxBodyBytes: number;
  /** How many answers one identity may have under way. */
  readonly maxStreams: number;
  /** How fast one identity may ask. */
  readonly requests: Rate;
  /** How long a model may be silent before its answer is given up. */
  readonly silenceMs: number;
  /** How often a silent stream shows that it is alive. */
  readonly heartbeatMs: number;
  /** How long a client may read nothing before its stream is ended. */
  readonly stallMs: number;
  /** How long a turn goes on when nobody reads it any more. */
  readonly resumeGraceMs: number;
  /** How long the events of a turn that is over are kept. */
  readonly resumeKeepMs: number;
  /** How long open streams may go on when the gateway is about to stop. */
  readonly drainMs: number;
}

/** The limits of a gateway that is told no others. */
export const DEFAULT_LIMITS: Limits = {
  maxBodyBytes: 10 * 1024 * 1024,
  maxStreams: 16,
  requests: { perSecond: 10, burst: 600 },
  silenceMs: 120_000,
  heartbeatMs: 15_000,
  stallMs: 60_000,
  resumeGraceMs: 30_000,
  resumeKeepMs: 60_000,
  drainMs: 10_000,
};
