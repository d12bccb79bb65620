// SPDX-License-Identifier: Apache-2.0

/** Where a gateway writes what happens: constant words, with fields beside them. Never a secret. */
export interface Logger {
  /** For who looks for a fault. */
  debug(message: string, fields?: Record<string, unknown>): void;
  /** For who runs the gateway. */
  info(message: string, fields?: Record<string, unknown>): void;
  /** For what may need somebody. */
  warn(message: string, fields?: Record<string, unknown>): void;
  /** For what needs somebody. */
  error(message: string, fields?: Record<string, unknown>): void;
}

/** Writes nothing. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};
