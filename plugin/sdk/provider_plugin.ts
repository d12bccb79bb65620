// SPDX-License-Identifier: Apache-2.0

import type { JsonObject } from "./json.ts";
import type { CallContext, PluginHooks } from "./plugin.ts";

/** One message of a conversation. */
export interface ProviderMessage {
  /** Who speaks. */
  readonly role: "user" | "assistant" | "system" | "tool";
  /** The text. */
  readonly content: string;
  /** On a `tool` message: the call that it answers; else empty. */
  readonly toolCallId: string;
  /** On a `tool` message: the tool that answered; else empty. */
  readonly toolName: string;
  /**
   * Whatever else is known of it. On an `assistant` message, `tool_calls` is the JSON text of the
   * tools that it asked for: `[{ "id", "name", "arguments" }]`.
   */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A tool that a model may call. */
export interface ProviderTool {
  /** Its name. */
  readonly name: string;
  /** What it does. */
  readonly description: string;
  /** What its arguments look like, as a JSON Schema of an object. */
  readonly inputSchema: JsonObject;
}

/** What a model is asked. */
export interface ProviderChatRequest {
  /** The vendor's name for the model. */
  readonly model: string;
  /** The conversation so far, oldest first. */
  readonly messages: readonly ProviderMessage[];
  /** The tools that it may call. */
  readonly tools: readonly ProviderTool[];
  /** What it is told before the conversation; empty when nothing. */
  readonly systemPrompt: string;
  /** How freely it chooses words, 0 the least; the vendor's default when absent. */
  readonly temperature: number | undefined;
  /** How many tokens it may write; the vendor's default when absent. */
  readonly maxTokens: number | undefined;
  /** Texts at which it stops. */
  readonly stopSequences: readonly string[];
  /** Whether to ask the vendor for a stream. */
  readonly stream: boolean;
}

/** What an answer cost, in tokens. */
export interface ProviderUsage {
  /** Tokens read, those from a cache included. */
  readonly inputTokens: number;
  /** Tokens written, thinking included. */
  readonly outputTokens: number;
  /** Tokens read from the vendor's cache; none when absent. */
  readonly cacheReadTokens?: number | undefined;
  /** Tokens written to the vendor's cache; none when absent. */
  readonly cacheWriteTokens?: number | undefined;
}

/** One event of an answer. `done` or `error` is the last; a stream that just ends is `done`. */
export type ProviderChatEvent =
  | { readonly type: "text_delta"; readonly text: string }
  | {
    readonly type: "tool_call";
    readonly toolCall: { readonly id: string; readonly name: string; readonly arguments: string };
  }
  | { readonly type: "usage"; readonly usage: ProviderUsage }
  | { readonly type: "done" }
  | { readonly type: "error"; readonly message: string };

/** One model. What is left out of its capabilities it cannot do, or is unknown. */
export interface ProviderModel {
  /** The vendor's name for it. */
  readonly id: string;
  /** Its name for people; the id when absent. */
  readonly name?: string | undefined;
  /** What it can do. */
  readonly capabilities?: {
    /** Whether it calls tools. */
    readonly supportsTools?: boolean | undefined;
    /** Whether it sees images. */
    readonly supportsVision?: boolean | undefined;
    /** Whether it can stream. */
    readonly supportsStreaming?: boolean | undefined;
    /** Whether it thinks before it answers. */
    readonly supportsThinking?: boolean | undefined;
    /** How many tokens it can read. */
    readonly maxContextTokens?: number | undefined;
    /** How many tokens it can write. */
    readonly maxOutputTokens?: number | undefined;
  } | undefined;
}

/** Whether a provider can be asked now. */
export interface ProviderAvailability {
  /** Whether it can. */
  readonly available: boolean;
  /** How it is, in a sentence for people. */
  readonly message?: string | undefined;
}

/** A plugin that brings models. */
export interface ProviderPlugin extends PluginHooks {
  /** That it is one. */
  readonly type: "provider";
  /** Its name, the first part of `provider/model`. */
  readonly name: string;
  /** Lists its models. */
  listModels(context: CallContext): Promise<readonly ProviderModel[]>;
  /** Asks a model. What it throws becomes an `error` event. */
  chat(request: ProviderChatRequest, context: CallContext): AsyncIterable<ProviderChatEvent>;
  /** Tells whether it can be asked now. A plugin without it always can. */
  status?(context: CallContext): Promise<ProviderAvailability>;
}
