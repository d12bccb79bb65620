// SPDX-License-Identifier: Apache-2.0

import type { Logger } from "../logger.ts";

/**
 * Gives the logger for plugins. What they call `message` becomes `reason`, because in the gateway's log
 * the message is the constant word that says what happened.
 */
export function pluginLogger(logger: Logger): Logger {
  return {
    debug: (message, fields) => logger.debug(message, toReason(fields)),
    info: (message, fields) => logger.info(message, toReason(fields)),
    warn: (message, fields) => logger.warn(message, toReason(fields)),
    error: (message, fields) => logger.error(message, toReason(fields)),
  };
}

function toReason(fields: Record<string, unknown> = {}): Record<string, unknown> {
  if (!("message" in fields)) return fields;
  const { message: reason, ...rest } = fields;
  return { ...rest, reason };
}
