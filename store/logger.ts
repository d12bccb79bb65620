// SPDX-License-Identifier: Apache-2.0

/** Takes what a store has to say. Events are constant texts; what varies is in the fields. */
export interface Logger {
  /** For whoever looks for a fault. */
  debug(message: string, fields?: Record<string, unknown>): void;
  /** What happens rarely and is as it should be. */
  info(message: string, fields?: Record<string, unknown>): void;
  /** What was wrong and has been put right. */
  warn(message: string, fields?: Record<string, unknown>): void;
  /** What is wrong and stays wrong. */
  error(message: string, fields?: Record<string, unknown>): void;
}
