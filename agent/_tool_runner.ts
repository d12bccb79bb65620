// SPDX-License-Identifier: Apache-2.0

import type { Tool, ToolDefinition } from "@sigil/plugin";
import type { ToolCall } from "@sigil/provider";
import type { Speaker } from "./_access.ts";
import { parseArguments } from "./_arguments.ts";
import { AgentError } from "./errors.ts";
import { LinkedController } from "./_linked_controller.ts";
import type { Parts } from "./_parts.ts";
import { record } from "./_record.ts";
import { markFailed, measureTool } from "./_telemetry.ts";
import { byteLength, cleanText, cutToBytes, excerpt } from "./_text.ts";
import { untilAborted } from "./_until_aborted.ts";

/** How much of a tool's own words about its failure is kept. */
const MAX_REASON = 2000;

/** What a tool gave back, fit to be stored. */
export interface ToolResult {
  /** The call that it answers. */
  readonly id: string;
  /** The tool. */
  readonly name: string;
  readonly content: string;
  readonly isError: boolean;
}

/** Options of a run. */
export interface RunOptions {
  /** Why the tool may not run; undefined when it may. */
  readonly refusal: string | undefined;
  /** When it aborts, the tool stops. */
  readonly signal: AbortSignal;
}

/** How a run ended, as the audit log names it. */
type Outcome = "ok" | "error" | "invalid" | "denied" | "interrupted";

/** A run that is over, with the result or with why it failed. */
interface Ended {
  readonly outcome: Outcome;
  readonly text: string;
}

/** A run that did not happen or did not work. Its message is made for the model. */
class ToolFailure extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome, why: string, options?: ErrorOptions) {
    super(why, options);
    this.outcome = outcome;
  }
}

/** Runs the tools of one turn: checks arguments and rights, bounds time and size, and records it. */
export class ToolRunner {
  readonly #parts: Parts;
  readonly #speaker: Speaker;
  readonly #tools: ReadonlyMap<string, Tool>;
  /** What the model is told of. Of two tools with one name, the first one counts. */
  readonly definitions: readonly ToolDefinition[];

  constructor(parts: Parts, speaker: Speaker, tools: readonly Tool[]) {
    this.#parts = parts;
    this.#speaker = speaker;
    this.#tools = firstByName(tools.filter((tool) => this.#isUsable(tool)));
    this.definitions = [...this.#tools.values()].map(({ definition }) => definition);
  }

  /**
   * Runs a tool.
   *
   * @returns Also when the tool fails or may not run: the model is to know.
   * @throws The signal's reason, when it aborts.
   */
  async run(call: ToolCall, options: RunOptions): Promise<ToolResult> {
    const { id, name } = call;
    const { outcome, text } = await this.#outcomeOf(call, options);
    const failed = outcome !== "ok";
    await this.#record(call, outcome, failed ? text : undefined);
    const content = this.#fit(failed ? `Cannot run tool "${name}": ${text}` : text);
    return { id, name, content, isError: failed };
  }

  async #outcomeOf(call: ToolCall, options: RunOptions): Promise<Ended> {
    try {
      return { outcome: "ok", text: await this.#attempt(call, options) };
    } catch (error) {
      if (options.signal.aborted) await this.#recordInterrupted(call);
      options.signal.throwIfAborted();
      const ended = explain(error);
      this.#parts.logger.debug("tool failed", { tool: call.name, ...ended, error });
      return ended;
    }
  }

  /** What a tool had done by then is not known, but that it was at work is. */
  async #recordInterrupted(call: ToolCall): Promise<void> {
    try {
      await this.#record(call, "interrupted");
    } catch (error) {
      this.#parts.logger.error("tool run not recorded", { ...this.#speaker, error });
    }
  }

  async #attempt(call: ToolCall, { refusal, signal }: RunOptions): Promise<string> {
    if (refusal !== undefined) throw new ToolFailure("denied", refusal);
    const tool = this.#tools.get(call.name);
    if (tool === undefined) throw new ToolFailure("denied", "there is no such tool");
    const input = parseArguments(call.arguments, tool.definition.inputSchema);
    await this.#authorize(tool);
    signal.throwIfAborted();
    return await this.#execute(tool, call, input, signal);
  }

  async #authorize({ plugin, capability }: Tool): Promise<void> {
    const { workspaceId, userId, sessionId } = this.#speaker;
    const request = { workspaceId, userId, sessionId, plugin, capability };
    const { allowed, reason } = await this.#parts.authorize(request);
    if (!allowed) throw new ToolFailure("denied", `"${capability}" is not allowed: ${reason}`);
  }

  async #execute(
    tool: Tool,
    call: ToolCall,
    input: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<string> {
    const { span, within } = measureTool(call.name, { "gen_ai.tool.call.id": call.id });
    using deadline = new LinkedController(signal);
    const timer = this.#abortWhenLate(deadline);
    try {
      const context = { ...this.#speaker, signal: deadline.signal };
      const chunks = within(() => tool.execute(input, context));
      return await this.#collect(untilAborted(chunks, deadline.signal));
    } catch (error) {
      markFailed(span, error instanceof Error ? error.name : "unknown");
      throw error;
    } finally {
      clearTimeout(timer);
      span.end();
    }
  }

  #abortWhenLate(deadline: LinkedController): ReturnType<typeof setTimeout> {
    const { toolTimeoutMs } = this.#parts.settings;
    const late = new ToolFailure("error", `it did not finish within ${toolTimeoutMs} ms`);
    return setTimeout(() => deadline.abort(late), toolTimeoutMs);
  }

  /** Joins what a tool gives, and stops it once that is too much. */
  async #collect(chunks: ReturnType<Tool["execute"]>): Promise<string> {
    const { maxToolResultBytes } = this.#parts.settings;
    const texts: string[] = [];
    let size = 0;
    for await (const chunk of chunks) {
      if (chunk.type === "error") throw new ToolFailure("error", chunk.message);
      texts.push(chunk.text);
      size += byteLength(chunk.text);
      if (size > maxToolResultBytes) break;
    }
    return texts.join("");
  }

  #fit(text: string): string {
    const { maxToolResultBytes } = this.#parts.settings;
    const clean = cleanText(text);
    const cut = cutToBytes(clean, maxToolResultBytes);
    if (cut.length === clean.length) return clean;
    return `${cut}\n[cut: the result is longer than ${maxToolResultBytes} bytes]`;
  }

  #record({ id, name }: ToolCall, result: Outcome, reason?: string): Promise<void> {
    const details = { tool: name, callId: id, ...(reason === undefined ? {} : { reason }) };
    const plugin = this.#tools.get(name)?.plugin;
    return record(this.#parts, this.#speaker, { action: "tool.execute", result, plugin, details });
  }

  #isUsable({ definition: { name }, plugin }: Tool): boolean {
    const isValid = /^[\w-]{1,64}$/.test(name);
    if (!isValid) this.#parts.logger.warn("tool left out: its name is malformed", { name, plugin });
    return isValid;
  }
}

function explain(error: unknown): Ended {
  const text = error instanceof Error ? excerpt(cleanText(error.message), MAX_REASON) : "it failed";
  if (error instanceof ToolFailure) return { outcome: error.outcome, text };
  return { outcome: error instanceof AgentError ? "invalid" : "error", text };
}

function firstByName(tools: readonly Tool[]): ReadonlyMap<string, Tool> {
  const named = new Map<string, Tool>();
  for (const tool of tools) {
    if (!named.has(tool.definition.name)) named.set(tool.definition.name, tool);
  }
  return named;
}
