// SPDX-License-Identifier: Apache-2.0

import type { TurnEvent, TurnUsage } from "@sigil/agent";
import type { ChatEvent, FinishReason, ToolCall, Usage } from "@sigil/provider";
import { eventFrame } from "../event_stream.ts";
import { type ChatFailure, chatProblem, openAiError, type Problem } from "../problem.ts";
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatUsage,
  OpenAiFinishReason,
} from "./schemas.ts";

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
export async function collect(events: AsyncIterable<AnswerEvent>): Promise<CollectedAnswer> {
  let text = "";
  const toolCalls: ToolCall[] = [];
  let usage: Usage | undefined;
  let finishReason: FinishReason = "stop";
  let problem: Problem | undefined;
  for await (const event of events) {
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

/** Writes events as the frames of OpenAI's stream, the last one included. */
export async function* toFrames(
  head: AnswerHead,
  events: AsyncIterable<AnswerEvent>,
  options: { readonly includeUsage: boolean },
): AsyncGenerator<string, void, void> {
  const writer = new ChunkWriter(head, options.includeUsage);
  yield writer.delta({ role: "assistant", content: "" });
  let calls = 0;
  let usage: Usage | undefined;
  for await (const event of events) {
    switch (event.type) {
      case "text_delta":
        yield writer.delta({ content: event.text });
        break;
      case "tool_call":
        yield* writer.toolCall(calls++, event.toolCall);
        break;
      case "usage":
        usage = event.usage;
        break;
      case "done":
        yield writer.finish(toFinishReason(event.finishReason));
        if (options.includeUsage) yield writer.usage(usage);
        yield DONE;
        return;
      case "error":
        yield errorFrame(chatProblem(event));
        return;
      default:
        event satisfies never;
    }
  }
}

/** The frame that ends a stream which failed midway. */
export function errorFrame(problem: Problem): string {
  return eventFrame(JSON.stringify(openAiError(problem)));
}

const DONE = eventFrame("[DONE]");

type Delta = ChatCompletionChunk["choices"][number]["delta"];

/** Writes the chunks of one answer. */
class ChunkWriter {
  readonly #head: Pick<ChatCompletionChunk, "id" | "object" | "created" | "model">;
  readonly #noUsage: { usage?: null };

  constructor({ id, created, model }: AnswerHead, includeUsage: boolean) {
    this.#head = { id, object: "chat.completion.chunk", created, model };
    this.#noUsage = includeUsage ? { usage: null } : {};
  }

  delta(delta: Delta): string {
    return this.#choice(delta, null);
  }

  /** As vendors do: first which tool, then what with. */
  *toolCall(index: number, { id, name, arguments: text }: ToolCall): Generator<string> {
    const first = { index, id, type: "function" as const, function: { name, arguments: "" } };
    yield this.delta({ tool_calls: [first] });
    if (text !== "") yield this.delta({ tool_calls: [{ index, function: { arguments: text } }] });
  }

  finish(reason: OpenAiFinishReason): string {
    return this.#choice({}, reason);
  }

  usage(usage: Usage | undefined): string {
    return this.#frame({
      ...this.#head,
      choices: [],
      usage: usage === undefined ? null : toUsage(usage),
    });
  }

  #choice(delta: Delta, finishReason: OpenAiFinishReason | null): string {
    const choice = { index: 0, delta, logprobs: null, finish_reason: finishReason };
    return this.#frame({ ...this.#head, choices: [choice], ...this.#noUsage });
  }

  #frame(chunk: ChatCompletionChunk): string {
    return eventFrame(JSON.stringify(chunk));
  }
}

/** Says the events of a turn in the words of a model: its tools are its own matter. */
export async function* fromTurn(
  events: AsyncIterable<TurnEvent>,
): AsyncGenerator<AnswerEvent, void, void> {
  for await (const event of events) {
    switch (event.type) {
      case "text_delta":
      case "error":
        yield event;
        break;
      case "usage":
        yield { type: "usage", usage: event.usage satisfies TurnUsage };
        break;
      case "done":
        yield { type: "done", finishReason: "stop" };
        break;
      case "started":
      case "tool_call":
      case "tool_result":
        break;
      default:
        event satisfies never;
    }
  }
}

function toWireCall({ id, name, arguments: text }: ToolCall) {
  return { id, type: "function" as const, function: { name, arguments: text } };
}

function toUsage({ inputTokens, outputTokens, cacheReadTokens }: Usage): ChatUsage {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cacheReadTokens },
  };
}

function toFinishReason(reason: FinishReason): OpenAiFinishReason {
  return reason === "other" ? "stop" : reason;
}
