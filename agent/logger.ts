// SPDX-License-Identifier: Apache-2.0

/** Where an agent tells what happens: constant words, the rest as fields. Never a secret. */
export interface Logger {
  /** What helps only while looking for a fault. */
  debug(message: string, fields?: Record<string, unknown>): void;
  /** What happens in the normal course. */
  info(message: string, fields?: Record<string, unknown>): void;
  /** What is handled but should be looked at. */
  warn(message: string, fields?: Record<string, unknown>): void;
  /** What could not be handled. */
  error(message: string, fields?: Record<string, unknown>): void;
}
