// SPDX-License-Identifier: Apache-2.0

/** Who speaks in a {@linkcode ChatMessage}. */
export type MessageRole = "user" | "assistant" | "system" | "tool";

/** A tool that a model asks to be run. */
export interface ToolCall {
  /** Names the call, so that its result can be matched. */
  readonly id: string;
  /** The tool. */
  readonly name: string;
  /** The arguments, as the JSON text that the model wrote: to be validated before use. */
  readonly arguments: string;
}

/** One message that a model is shown. */
export interface ChatMessage {
  /** Who speaks. */
  readonly role: MessageRole;
  /** The text. */
  readonly content: string;
  /** On an `assistant` message: the tools that it asked for. */
  readonly toolCalls?: readonly ToolCall[] | undefined;
  /** On a `tool` message: the call that it answers. */
  readonly toolCallId?: string | undefined;
  /** On a `tool` message: the tool that answered. */
  readonly toolName?: string | undefined;
}

/** A tool that a model may call. */
export interface ToolDefinition {
  /** Letters, digits, `_` and `-`; at most 64. */
  readonly name: string;
  /** What it does, for the model. */
  readonly description: string;
  /** What its arguments look like, as a JSON Schema of an object. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/**
 * Whether a model may call tools: as it likes, not at all, at least one, or this one.
 */
export type ToolChoice = "auto" | "none" | "required" | { readonly toolName: string };

/** The form of an answer: text as it comes, or JSON, by a JSON Schema if one is given. */
export type ResponseFormat =
  | { readonly type: "text" }
  | {
    readonly type: "json";
    readonly schema?: Readonly<Record<string, unknown>> | undefined;
    /** A name for the schema, for the vendor. */
    readonly name?: string | undefined;
  };

/**
 * How a model should answer. What is left out is the vendor's default; zero is a value.
 *
 * A vendor that does not know one of the options does without it.
 */
export interface ChatOptions {
  /** How freely it chooses words: 0 is the least. */
  readonly temperature?: number | undefined;
  /** Which share of the likeliest words it chooses from, from 0 to 1. */
  readonly topP?: number | undefined;
  /** How strongly it avoids words by how often they occurred, from -2 to 2. */
  readonly frequencyPenalty?: number | undefined;
  /** How strongly it avoids words that occurred, from -2 to 2. */
  readonly presencePenalty?: number | undefined;
  /** Makes chance repeatable, where the vendor can. */
  readonly seed?: number | undefined;
  /**
   * Whether it may call tools.
   *
   * @default {"auto"}
   */
  readonly toolChoice?: ToolChoice | undefined;
  /**
   * The form of its answer.
   *
   * @default {{ type: "text" }}
   */
  readonly responseFormat?: ResponseFormat | undefined;
  /** How many tokens it may write. */
  readonly maxTokens?: number | undefined;
  /** Texts at which it stops. */
  readonly stopSequences?: readonly string[] | undefined;
  /**
   * Whether to ask the vendor for a stream. The events are the same either way.
   *
   * @default {true}
   */
  readonly stream?: boolean | undefined;
}

/** What a model is asked. */
export interface ChatRequest {
  /** The vendor's name for the model, without the provider's. */
  readonly model: string;
  /** The conversation so far, oldest first. */
  readonly messages: readonly ChatMessage[];
  /** The tools that it may call. */
  readonly tools?: readonly ToolDefinition[] | undefined;
  /** What it is told before the conversation. */
  readonly systemPrompt?: string | undefined;
  /** How it should answer. */
  readonly options?: ChatOptions | undefined;
}

/** What one answer cost, in tokens. */
export interface Usage {
  /** Tokens read, those from a cache included. */
  readonly inputTokens: number;
  /** Tokens written, thinking included. */
  readonly outputTokens: number;
  /** Tokens read from the vendor's cache. */
  readonly cacheReadTokens: number;
  /** Tokens written to the vendor's cache. */
  readonly cacheWriteTokens: number;
}

/** Why a model stopped. */
export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "other";

/**
 * Why a chat failed, as a stable word.
 *
 * - `auth`: the key is missing, wrong or not allowed to do this.
 * - `rate_limit`: too many requests; `retryAfterMs` says how long to wait when the vendor does.
 * - `context_length`: the conversation is longer than the model can read.
 * - `overloaded`: the vendor cannot serve it now.
 * - `network`: the connection failed, stalled or was cut.
 * - `bad_request`: the vendor refuses the request as it is.
 * - `unknown_model`: no provider has that model.
 * - `budget`: a limit on tokens or cost would be exceeded.
 * - `unavailable`: the provider cools down, is closed, or may not be reached for want of a permission.
 * - `invalid_response`: the vendor answered with something that is not its own format.
 */
export type ProviderErrorCode =
  | "auth"
  | "rate_limit"
  | "context_length"
  | "overloaded"
  | "network"
  | "bad_request"
  | "unknown_model"
  | "budget"
  | "unavailable"
  | "invalid_response";

/**
 * One event of an answer. A stream ends with exactly one `done` or one `error`; `usage` comes before
 * it whenever the vendor told any, also when the answer failed.
 */
export type ChatEvent =
  | { readonly type: "text_delta"; readonly text: string }
  | { readonly type: "tool_call"; readonly toolCall: ToolCall }
  | { readonly type: "usage"; readonly usage: Usage }
  | { readonly type: "done"; readonly finishReason: FinishReason }
  | {
    readonly type: "error";
    readonly code: ProviderErrorCode;
    readonly message: string;
    readonly retryAfterMs?: number | undefined;
  };

/** The word in `type` of a {@linkcode ChatEvent}. */
export type ChatEventType = ChatEvent["type"];
