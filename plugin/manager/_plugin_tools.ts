// SPDX-License-Identifier: Apache-2.0

import type { PluginProcess } from "../process/plugin_process.ts";
import type { Tool, ToolDefinition } from "../tool.ts";
import type { CallHost } from "./_ask_once.ts";

/** A name that the agent and the model know. */
const MAX_NAME_LENGTH = 64;

/** More would fill the window of any model. */
const MAX_TOOLS = 128;

/** What the tools of one plugin stand on. */
export interface ToolHost extends CallHost {
  /** Takes what is wrong with a tool that is left out. */
  warn(message: string): void;
}

/**
 * Asks a plugin for its tools. Those that no agent could use are left out, with a warning.
 *
 * The tool `find` of the plugin `notes` is `notes__find` to the agent, and needs `tool.notes.find`.
 */
export async function describeTools(
  host: ToolHost,
  process: PluginProcess,
  timeoutMs: number,
): Promise<readonly Tool[]> {
  const kept = new Map<string, Tool>();
  for (const tool of await process.tools.describe({ timeoutMs })) {
    const problem = toolProblem(host.name, tool) ??
      (kept.has(tool.name) ? "there is another of that name" : undefined) ??
      (kept.size >= MAX_TOOLS ? `a plugin has at most ${MAX_TOOLS}` : undefined);
    if (problem === undefined) kept.set(tool.name, toTool(host, tool));
    else host.warn(`Left out the tool ${JSON.stringify(tool.name.slice(0, 80))}: ${problem}`);
  }
  return [...kept.values()];
}

function toolProblem(plugin: string, { name, inputSchema }: ToolDefinition): string | undefined {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_-]*$/.test(name)) return "its name is malformed";
  if (qualifiedName(plugin, name).length > MAX_NAME_LENGTH) return "its name is too long";
  return inputSchema.type === "object" ? undefined : "its arguments are no object";
}

function qualifiedName(plugin: string, name: string): string {
  return `${plugin}__${name}`;
}

function toTool(host: ToolHost, { name, description, inputSchema }: ToolDefinition): Tool {
  const plugin = host.name;
  return {
    definition: { name: qualifiedName(plugin, name), description, inputSchema },
    capability: `tool.${plugin}.${name}`,
    plugin,
    execute: (input, { sessionId, signal }) =>
      host.call(signal, ({ tools }) => tools.execute({ name, input, sessionId }, { signal })),
  };
}
