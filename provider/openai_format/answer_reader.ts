// SPDX-License-Identifier: Apache-2.0

import type { ChatEvent, FinishReason, ToolCall, Usage } from "../chat.ts";
import { cutShort, notItsFormat } from "../vendor_call/guard_error.ts";
import { parseJson } from "../vendor_call/parse_json.ts";
import { readChunk, readCompletion, type WireContent, type WireUsage } from "./schemas.ts";
import { ThinkingFilter } from "./thinking_filter.ts";
import { ownId, ToolCallPieces } from "./tool_calls.ts";

const END = "[DONE]";

/**
 * Reads answers in OpenAI's format into events.
 *
 * Tool calls are given when the answer is whole, so that none is run that was cut. What the model
 * thought is dropped.
 */
export class AnswerReader {
  /** What the vendor told so far. */
  usage: Usage | undefined;
  /** Whether the answer is whole, and nothing more is to be read. */
  isWhole = false;
  readonly #thinking = new ThinkingFilter();
  readonly #toolCalls = new ToolCallPieces();
  #finishReason: string | undefined;
  #hasRefusal = false;

  /**
   * Takes the data of events, and adds what they tell to `events`.
   *
   * @throws What went wrong; what came before it is in `events`.
   */
  take(data: readonly string[], events: ChatEvent[]): void {
    for (const one of data) {
      if (this.isWhole) return;
      if (one === END) this.end(events);
      else if (one !== "") this.#takeChunk(parseJson(one), events); // some send it to stay connected
    }
  }

  /**
   * The stream is over.
   *
   * @throws {GuardError} With code `network` when the answer is not.
   */
  end(events: ChatEvent[]): void {
    if (this.#finishReason === undefined) throw cutShort();
    this.#finish(this.#toolCalls.end(), events);
  }

  /** Takes an answer that is no stream. */
  takeWhole(text: string, events: ChatEvent[]): void {
    const { choices: [choice], usage } = readCompletion(parseJson(text));
    if (choice === undefined) throw notItsFormat();
    if (usage) this.usage = toUsage(usage);
    this.#finishReason = choice.finish_reason ?? "";
    const { content, refusal, tool_calls } = choice.message;
    this.#takeText(content, refusal, events);
    const taken = new Set<string>();
    const calls = (tool_calls ?? []).map(({ id, function: called }) => {
      return { id: ownId(id ?? "", taken), name: called.name, arguments: called.arguments ?? "" };
    });
    this.#finish(calls, events);
  }

  #takeChunk(value: unknown, events: ChatEvent[]): void {
    const { choices: [choice], usage } = readChunk(value);
    if (usage) this.usage = toUsage(usage);
    if (choice === undefined) return;
    this.#finishReason = choice.finish_reason || this.#finishReason; // empty is none yet
    if (!choice.delta) return;
    const { content, refusal, tool_calls } = choice.delta;
    this.#takeText(content, refusal, events);
    for (const piece of tool_calls ?? []) this.#toolCalls.take(piece);
  }

  /** A refusal is what the model has to say, in another field. */
  #takeText(content: WireContent, refusal: unknown, events: ChatEvent[]): void {
    const isRefusal = typeof refusal === "string" && refusal !== "";
    this.#hasRefusal ||= isRefusal;
    const text = isRefusal ? toText(content) + refusal : toText(content);
    const shown = text === "" ? "" : this.#thinking.push(text);
    if (shown !== "") events.push({ type: "text_delta", text: shown });
  }

  #finish(toolCalls: readonly ToolCall[], events: ChatEvent[]): void {
    this.isWhole = true;
    const rest = this.#thinking.end();
    if (rest !== "") events.push({ type: "text_delta", text: rest });
    for (const toolCall of toolCalls) events.push({ type: "tool_call", toolCall });
    if (this.usage !== undefined) events.push({ type: "usage", usage: this.usage });
    const told = toFinishReason(this.#finishReason, this.#hasRefusal);
    const finishReason = toolCalls.length > 0 && told === "stop" ? "tool_calls" : told;
    events.push({ type: "done", finishReason });
  }
}

function toText(content: WireContent): string {
  if (typeof content === "string") return content;
  return (content ?? []).map(({ type, text }) => {
    return type === "text" && typeof text === "string" ? text : "";
  }).join("");
}

function toUsage(usage: WireUsage): Usage {
  return {
    inputTokens: usage.prompt_tokens ?? 0,
    outputTokens: usage.completion_tokens ?? 0,
    cacheReadTokens: usage.prompt_tokens_details?.cached_tokens ??
      usage.prompt_cache_hit_tokens ?? 0,
    cacheWriteTokens: 0,
  };
}

function toFinishReason(reason: string | undefined, hasRefusal: boolean): FinishReason {
  switch (reason) {
    case "stop":
      return hasRefusal ? "content_filter" : "stop";
    case "length":
    case "content_filter":
    case "tool_calls":
      return reason;
    case "function_call":
      return "tool_calls";
    default:
      return "other";
  }
}
