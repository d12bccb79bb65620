// SPDX-License-Identifier: Apache-2.0

import type { ToolChunk, ToolDefinition } from "../tool.ts";
import type { PluginCallOptions } from "./plugin_process.ts";

/** A tool to be run. */
export interface PluginToolCall {
  /** The tool. */
  readonly name: string;
  /** The arguments, already validated against the tool's schema. */
  readonly input: Readonly<Record<string, unknown>>;
  /** The session on whose behalf it runs. */
  readonly sessionId: string;
}

/** The tools of a plugin. */
export interface PluginTools {
  /** Lists them. */
  describe(options?: PluginCallOptions): Promise<readonly ToolDefinition[]>;
  /**
   * Runs one of them. Breaking out of the loop cancels it.
   *
   * What the tool itself fails with is an `error` chunk, the last one. Without `timeoutMs` there is
   * no limit.
   */
  execute(call: PluginToolCall, options?: PluginCallOptions): AsyncIterable<ToolChunk>;
}
