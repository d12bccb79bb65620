// SPDX-License-Identifier: Apache-2.0

import { Tool } from "@sigil/proto/plugin/v1/tool";
import type { ToolChunk, ToolDefinition } from "../tool.ts";
import type { RemotePlugin } from "./_remote_plugin.ts";
import type { PluginCallOptions } from "./plugin_process.ts";
import type { PluginToolCall, PluginTools } from "./plugin_tools.ts";

/** Makes calls of the Tool service. */
export function remoteTools(remote: RemotePlugin): PluginTools {
  return {
    describe: (options) => describe(remote, options),
    execute: (call, options) => execute(remote, call, options),
  };
}

async function describe(
  remote: RemotePlugin,
  options?: PluginCallOptions,
): Promise<readonly ToolDefinition[]> {
  const { tools } = await remote.unary(Tool.method.describe, {}, options);
  return tools.map(({ name, description, inputSchema = {} }) => {
    return { name, description, inputSchema };
  });
}

async function* execute(
  remote: RemotePlugin,
  { name, input, sessionId }: PluginToolCall,
  options: PluginCallOptions = {},
): AsyncGenerator<ToolChunk, void, undefined> {
  const request = {
    toolName: name,
    arguments: JSON.stringify(input),
    sessionId,
    timeoutSeconds: Math.ceil((options.timeoutMs ?? 0) / 1000),
  };
  for await (const { chunk } of remote.stream(Tool.method.execute, request, options)) {
    if (chunk.case === "text") yield { type: "text", text: chunk.value };
    if (chunk.case === "error") return yield { type: "error", message: chunk.value };
    if (chunk.case === "done") return;
  }
}
