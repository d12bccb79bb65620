// SPDX-License-Identifier: Apache-2.0

import type {
  ChatEvent,
  ChatRequest,
  FinishReason,
  Provider,
  Route,
  SessionLimits,
  ToolCall,
  Usage,
} from "@sigil/provider";
import type { Speaker } from "./_access.ts";
import { accountOf } from "./account_of.ts";
import { AgentError } from "./errors.ts";
import { toAgentError } from "./_failure.ts";
import { markFailed, measureChat } from "./_telemetry.ts";
import { untilAborted } from "./_until_aborted.ts";

/** A piece of text as a turn streams it. */
type TextDelta = Extract<ChatEvent, { readonly type: "text_delta" }>;

/** Nothing used yet. */
export const NO_USAGE: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
};

/** What a model has said so far in one answer. It stays readable when the answer breaks off. */
export class Reply {
  /** The text so far. */
  text = "";
  /** The tools asked for so far. */
  readonly calls: ToolCall[] = [];
  /** What it cost, as far as the vendor told. */
  usage: Usage = NO_USAGE;
  /** Why the model stopped; undefined while it has not. */
  finishReason: FinishReason | undefined;

  /** Takes in an event; one that tells of an error is thrown. */
  take(event: ChatEvent): void {
    switch (event.type) {
      case "text_delta":
        this.text += event.text;
        break;
      case "tool_call":
        this.calls.push(event.toolCall);
        break;
      case "usage":
        this.usage = addUsage(this.usage, event.usage);
        break;
      case "done":
        this.finishReason = event.finishReason;
        break;
      case "error":
        throw new AgentError(event.code, event.message, { retryAfterMs: event.retryAfterMs });
      default:
        event satisfies never;
    }
  }
}

/** What a model is asked, and in which session. */
export interface Question {
  readonly route: Route;
  readonly request: ChatRequest;
  readonly speaker: Speaker;
  /** Limits of the session, in the place of the router's own. */
  readonly limits?: SessionLimits | undefined;
}

/**
 * Asks a model once, and gives the text as it comes. All that it says gathers in `reply`.
 *
 * @throws {AgentError} With the code of the provider's error, or `invalid_response` when the answer
 *   just ends.
 * @throws The signal's reason, when it aborts.
 */
export async function* ask(
  { route, request, speaker, limits }: Question,
  reply: Reply,
  signal: AbortSignal,
): AsyncGenerator<TextDelta, void> {
  const { span, within } = measureChat(route.model, describe(route, request, speaker));
  const options = { signal, sessionId: accountOf(speaker), sessionLimits: limits };
  try {
    const answer = within(() => groupsOf(route.provider, request, options));
    for await (const events of untilAborted(answer, signal)) yield* textOf(events, reply);
    if (reply.finishReason === undefined) throw brokenOff(route);
  } catch (error) {
    markFailed(span, signal.aborted ? "aborted" : toAgentError(error).code);
    throw error;
  } finally {
    span.setAttributes({
      "gen_ai.usage.input_tokens": reply.usage.inputTokens,
      "gen_ai.usage.output_tokens": reply.usage.outputTokens,
      "gen_ai.usage.cache_read.input_tokens": reply.usage.cacheReadTokens,
      "gen_ai.usage.cache_creation.input_tokens": reply.usage.cacheWriteTokens,
    });
    if (reply.finishReason !== undefined) {
      span.setAttribute("gen_ai.response.finish_reasons", [reply.finishReason]);
    }
    span.end();
  }
}

/** Has the reply take events, and gives what was said in them as one piece: also what was said before an error. */
function* textOf(events: readonly ChatEvent[], reply: Reply): Generator<TextDelta, void> {
  let text = "";
  try {
    for (const event of events) {
      reply.take(event);
      if (event.type === "text_delta") text += event.text;
    }
  } finally {
    if (text !== "") yield { type: "text_delta", text };
  }
}

/** Adds what two answers cost. */
export function addUsage(left: Usage, right: Usage): Usage {
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    cacheReadTokens: left.cacheReadTokens + right.cacheReadTokens,
    cacheWriteTokens: left.cacheWriteTokens + right.cacheWriteTokens,
  };
}

/** Asks for events in groups, or one by one where the provider knows no groups. */
function groupsOf(
  provider: Provider,
  ...asked: Parameters<Provider["chat"]>
): AsyncIterable<readonly ChatEvent[]> {
  return provider.chatBatches?.(...asked) ?? oneByOne(provider.chat(...asked));
}

async function* oneByOne(events: AsyncIterable<ChatEvent>): AsyncGenerator<readonly ChatEvent[]> {
  for await (const event of events) yield [event];
}

/** Gives the tokens that count against a budget. */
export function totalTokens({ inputTokens, outputTokens }: Usage): number {
  return inputTokens + outputTokens;
}

/** The name under which users know the model of a route. */
export function nameOf({ provider, model }: Route): string {
  return `${provider.name}/${model}`;
}

function describe(route: Route, { options }: ChatRequest, { sessionId }: Speaker) {
  const { temperature, maxTokens } = options ?? {};
  return {
    "gen_ai.provider.name": route.provider.name,
    "gen_ai.conversation.id": sessionId,
    ...(temperature === undefined ? {} : { "gen_ai.request.temperature": temperature }),
    ...(maxTokens === undefined ? {} : { "gen_ai.request.max_tokens": maxTokens }),
  };
}

function brokenOff({ provider }: Route): AgentError {
  return new AgentError(
    "invalid_response",
    `Cannot chat with "${provider.name}": the answer ended without saying so`,
  );
}
