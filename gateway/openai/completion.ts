// SPDX-License-Identifier: Apache-2.0

import type { TurnEvent, TurnUsage } from "@sigil/agent";
import type { ChatEvent, FinishReason, ToolCall, Usage } from "@sigil/provider";
import { type ChatFailure, chatProblem, type Problem } from "../problem.ts";
import type { ChatCompletion, ChatUsage, OpenAiFinishReason } from "./schemas.ts";

/** An event of an answer, whether a model or the agent gives it. */
export type AnswerEvent =
  | Exclude<ChatEvent, { type: "error" }>
  | ({ readonly type: "error" } & ChatFailure);

/** What stays the same in every piece of an answer. */
export interface AnswerHead {
  /** Names the answer. */
  readonly id: string;
  /** When it was begun, in seconds since 1970. */
  readonly created: number;
  /** The model, as it was asked for. */
  readonly model: string;
}

/** A whole answer, or why there is none. */
export interface CollectedAnswer {
  /** The text. */
  readonly text: string;
  /** The tools that are asked for. */
  readonly toolCalls: readonly ToolCall[];
  /** What it cost, if that was told. */
  readonly usage: Usage | undefined;
  /** Why it ended. */
  readonly finishReason: FinishReason;
  /** Why it failed, if it did. */
  readonly problem: Problem | undefined;
}

/** Waits for the whole answer. */
export async function collect(
  batches: AsyncIterable<readonly AnswerEvent[]>,
): Promise<CollectedAnswer> {
  let text = "";
  const toolCalls: ToolCall[] = [];
  let usage: Usage | undefined;
  let finishReason: FinishReason = "stop";
  let problem: Problem | undefined;
  for await (const events of batches) {
    for (const event of events) {
      switch (event.type) {
        case "text_delta":
          text += event.text;
          break;
        case "tool_call":
          toolCalls.push(event.toolCall);
          break;
        case "usage":
          usage = event.usage;
          break;
        case "done":
          finishReason = event.finishReason;
          break;
        case "error":
          problem = chatProblem(event);
          break;
        default:
          event satisfies never;
      }
    }
  }
  return { text, toolCalls, usage, finishReason, problem };
}

/** Writes a whole answer as OpenAI does. */
export function toCompletion(head: AnswerHead, answer: CollectedAnswer): ChatCompletion {
  const { text, toolCalls, usage, finishReason } = answer;
  const hasCalls = toolCalls.length > 0;
  return {
    id: head.id,
    object: "chat.completion",
    created: head.created,
    model: head.model,
    choices: [{
      index: 0,
      message: {
        role: "assistant",
        content: text === "" && hasCalls ? null : text,
        refusal: null,
        ...(hasCalls && { tool_calls: toolCalls.map(toWireCall) }),
      },
      logprobs: null,
      finish_reason: toFinishReason(finishReason),
    }],
    ...(usage && { usage: toUsage(usage) }),
  };
}

/** Says the events of a turn in the words of a model: its tools are its own matter. */
export async function* fromTurn(
  first: TurnEvent,
  rest: AsyncIterableIterator<TurnEvent, void, void>,
): AsyncGenerator<readonly AnswerEvent[], void, void> {
  try {
    const said = fromTurnEvent(first);
    if (said !== undefined) yield [said];
    for await (const event of rest) {
      const said = fromTurnEvent(event);
      if (said !== undefined) yield [said];
    }
  } finally {
    await rest.return?.(); // also when it was left at the first
  }
}

function fromTurnEvent(event: TurnEvent): AnswerEvent | undefined {
  switch (event.type) {
    case "text_delta":
    case "error":
      return event;
    case "usage":
      return { type: "usage", usage: event.usage satisfies TurnUsage };
    case "done":
      return { type: "done", finishReason: "stop" };
    case "started":
    case "tool_call":
    case "tool_result":
      return undefined;
    default:
      return event satisfies never;
  }
}

function toWireCall({ id, name, arguments: text }: ToolCall) {
  return { id, type: "function" as const, function: { name, arguments: text } };
}

/** Says what an answer cost in OpenAI's words. */
export function toUsage({ inputTokens, outputTokens, cacheReadTokens }: Usage): ChatUsage {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cacheReadTokens },
  };
}

/** Says why an answer ended in OpenAI's words. */
export function toFinishReason(reason: FinishReason): OpenAiFinishReason {
  return reason === "other" ? "stop" : reason;
}
