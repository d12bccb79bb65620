// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { pluginLogger } from "./plugin_logger.ts";

Deno.test("pluginLogger() keeps the word that says what happened", () => {
  const lines: unknown[] = [];
  const at = (level: string) => (message: string, fields?: Record<string, unknown>) => {
    lines.push([level, message, fields]);
  };
  const logger = pluginLogger({
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  });
  logger.debug("plugin moved", { plugin: "hello", to: "running" });
  logger.info("plugin stderr");
  logger.warn("plugin warning", { plugin: "hello", message: "Unhealthy" });
  logger.error("plugin failed", { message: "Cannot load it" });
  assertEquals(lines, [
    ["debug", "plugin moved", { plugin: "hello", to: "running" }],
    ["info", "plugin stderr", {}],
    ["warn", "plugin warning", { plugin: "hello", reason: "Unhealthy" }],
    ["error", "plugin failed", { reason: "Cannot load it" }],
  ]);
});
