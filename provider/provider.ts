// SPDX-License-Identifier: Apache-2.0

import type { ChatEvent, ChatRequest, Usage } from "./chat.ts";

/** Options of every call: a signal that stops the work down to the vendor's connection. */
export interface CallOptions {
  /** When it aborts, the call rejects, or the stream throws, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Limits on the tokens of one session, read and written together. What is left out has no limit. */
export interface SessionLimits {
  /** In its whole life. */
  readonly tokens?: number | undefined;
  /** In each hour, by the clock of UTC. */
  readonly tokensPerHour?: number | undefined;
  /** In each day of UTC. */
  readonly tokensPerDay?: number | undefined;
}

/** Options of a call that costs tokens. Only the router reads what is beyond the signal. */
export interface ModelCallOptions extends CallOptions {
  /** The session that the tokens are counted to. */
  readonly sessionId?: string | undefined;
  /** Limits of that session; each stands in the place of the router's own. */
  readonly sessionLimits?: SessionLimits | undefined;
}

/** What a model can do. */
export interface ModelCapabilities {
  /** Whether it calls tools. */
  readonly supportsTools: boolean;
  /** Whether it sees images. */
  readonly supportsVision: boolean;
  /** Whether it can stream. */
  readonly supportsStreaming: boolean;
  /** Whether it thinks before it answers. */
  readonly supportsThinking: boolean;
  /** How many tokens it can read; 0 when unknown. */
  readonly maxContextTokens: number;
  /** How many tokens it can write; 0 when unknown. */
  readonly maxOutputTokens: number;
}

/** One model that a provider offers. */
export interface ModelInfo {
  /** The vendor's name for it. */
  readonly id: string;
  /** Its name for people. */
  readonly name: string;
  /** The provider that offers it. */
  readonly provider: string;
  /** What it can do. */
  readonly capabilities: ModelCapabilities;
}

/** How a provider is. */
export interface ProviderStatus {
  /** Whether it can be asked now. */
  readonly available: boolean;
  /** Its name. */
  readonly provider: string;
  /** How it is, in a sentence for people. */
  readonly message: string;
}

/** Texts as vectors. */
export interface EmbedResult {
  /** One for each text, in their order. */
  readonly embeddings: readonly Float32Array[];
  /** What it cost. */
  readonly usage: Usage;
}

/** What to embed. */
export interface EmbedRequest {
  /** The vendor's name for the model. */
  readonly model: string;
  /** The texts. */
  readonly texts: readonly string[];
}

/** A source of models. */
export interface Provider extends AsyncDisposable {
  /** Its name, the first part of `provider/model`. */
  readonly name: string;
  /** Whether it can be asked now. Never rejects but for an abort. */
  available(options?: CallOptions): Promise<boolean>;
  /**
   * Lists its models.
   *
   * @throws {ProviderError} When the vendor cannot be asked.
   */
  listModels(options?: CallOptions): Promise<readonly ModelInfo[]>;
  /**
   * Asks a model. Breaking out of the loop closes the vendor's connection.
   *
   * A failure is an `error` event, the last one; only an abort throws.
   */
  chat(request: ChatRequest, options?: ModelCallOptions): AsyncIterable<ChatEvent>;
  /**
   * The same as `chat`, with the events in groups: who passes many answers on has less to do for each
   * event. No event waits for others for longer than a few milliseconds. Absent where they come one by
   * one; `openBatches` takes either.
   */
  chatBatches?(
    request: ChatRequest,
    options?: ModelCallOptions,
  ): AsyncIterable<readonly ChatEvent[]>;
  /**
   * Turns texts into vectors. Absent where the vendor has no embeddings.
   *
   * @throws {ProviderError} When the vendor fails.
   */
  embed?(request: EmbedRequest, options?: ModelCallOptions): Promise<EmbedResult>;
  /** Tells how it is. Never rejects but for an abort. */
  status(options?: CallOptions): Promise<ProviderStatus>;
  /** Ends what is under way. Calling it again does nothing. */
  close(): Promise<void>;
}
