// SPDX-License-Identifier: Apache-2.0

import { type ExecuteChunk, Tool } from "@sigil/proto/plugin/v1/tool";
import type { ToolChunk, ToolDefinition } from "../tool.ts";
import { PolledIterator } from "../transport/polled_iterator.ts";
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

function execute(
  remote: RemotePlugin,
  { name, input, sessionId }: PluginToolCall,
  options: PluginCallOptions = {},
): AsyncIterable<ToolChunk> {
  const request = {
    toolName: name,
    arguments: JSON.stringify(input),
    sessionId,
    timeoutSeconds: Math.ceil((options.timeoutMs ?? 0) / 1000),
  };
  return new ToolChunks(remote.stream(Tool.method.execute, request, options));
}

/** What a tool gives, up to the chunk that is its last. */
class ToolChunks extends PolledIterator<ToolChunk> {
  readonly #answers: PolledIterator<ExecuteChunk>;
  #failed = false;

  constructor(answers: PolledIterator<ExecuteChunk>) {
    super();
    this.#answers = answers;
  }

  override poll(): IteratorResult<ToolChunk, undefined> | undefined {
    while (!this.#failed) {
      const answer = this.#answers.poll();
      if (answer === undefined || answer.done === true) return answer;
      const { chunk } = answer.value;
      if (chunk.case === "text") return item({ type: "text", text: chunk.value });
      if (chunk.case === "done") break;
      if (chunk.case !== "error") continue;
      this.#failed = true;
      return item({ type: "error", message: chunk.value });
    }
    return { done: true, value: undefined };
  }

  override ready(): Promise<void> {
    return this.#answers.ready();
  }

  protected override leave(): void {
    this.#answers.return();
  }
}

function item(value: ToolChunk): IteratorYieldResult<ToolChunk> {
  return { done: false, value };
}
