// SPDX-License-Identifier: Apache-2.0

import type { Agent, TurnEvent, TurnOptions, TurnRequest } from "@sigil/agent";
import {
  type CallOptions,
  type ChatEvent,
  type ChatRequest,
  type EmbedRequest,
  type EmbedResult,
  type ModelInfo,
  type Provider,
  ProviderError,
  type ProviderStatus,
  type Route,
} from "@sigil/provider";
import type { ModelRouter } from "../../gateway/services.ts";

/** What a model does when it is asked. */
export type ChatScript = (request: ChatRequest, signal: AbortSignal) => AsyncIterable<ChatEvent>;

const NO_CACHE = { cacheReadTokens: 0, cacheWriteTokens: 0 };
const NEVER = new AbortController().signal;

/** Stands where a vendor would: each of its models does what its script says. */
export class ScriptedProvider implements Provider {
  readonly name = "scripted";
  readonly asked: ChatRequest[] = [];
  readonly #scripts: Readonly<Record<string, ChatScript>>;

  constructor(scripts: Readonly<Record<string, ChatScript>>) {
    this.#scripts = scripts;
  }

  async available(): Promise<boolean> {
    return true;
  }

  async listModels(): Promise<readonly ModelInfo[]> {
    const capabilities = {
      supportsTools: true,
      supportsVision: false,
      supportsStreaming: true,
      supportsThinking: false,
      maxContextTokens: 0,
      maxOutputTokens: 0,
    };
    return Object.keys(this.#scripts).map((id) => ({
      id,
      name: id,
      provider: this.name,
      capabilities,
    }));
  }

  async *chat(
    request: ChatRequest,
    { signal = NEVER }: CallOptions = {},
  ): AsyncGenerator<ChatEvent, void, void> {
    this.asked.push(request);
    const script = this.#scripts[request.model];
    if (script === undefined) {
      yield { type: "error", code: "unknown_model", message: `No model "${request.model}"` };
      return;
    }
    yield* script(request, signal);
  }

  async embed({ model, texts }: EmbedRequest): Promise<EmbedResult> {
    if (model === "stuck") await new Promise<never>(() => {});
    const embeddings = texts.map((text) => Float32Array.of(text.length, 0.1, -2.5));
    return { embeddings, usage: { inputTokens: 7, outputTokens: 0, ...NO_CACHE } };
  }

  async status(): Promise<ProviderStatus> {
    return { available: true, provider: this.name, message: "Follows its script" };
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Finds the one provider there is. */
export class SingleRouter implements ModelRouter {
  readonly #provider: Provider;

  constructor(provider: Provider) {
    this.#provider = provider;
  }

  async route(_workspaceId: string, modelName: string): Promise<Route> {
    const [name, ...rest] = modelName.split("/");
    const model = rest.join("/");
    const known = await this.#provider.listModels();
    if (name === this.#provider.name && known.some(({ id }) => id === model)) {
      return { provider: this.#provider, model };
    }
    throw new ProviderError("unknown_model", `Cannot route "${modelName}": there is no such model`);
  }

  async listModels(): Promise<readonly ModelInfo[]> {
    const models = await this.#provider.listModels();
    return models.map((model) => ({ ...model, id: `${model.provider}/${model.id}` }));
  }

  status(): readonly ProviderStatus[] {
    return [{ available: true, provider: this.#provider.name, message: "Follows its script" }];
  }

  registerProvider(): void {
    throw new TypeError("A SingleRouter has one provider");
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** What an agent does in a turn. */
export type TurnScript = (request: TurnRequest, signal: AbortSignal) => AsyncIterable<TurnEvent>;

/** Stands where the agent would, and does what its script says. */
export class ScriptedAgent implements Agent {
  readonly asked: TurnRequest[] = [];
  /** What is done in the next turns. */
  script: TurnScript;

  constructor(script: TurnScript) {
    this.script = script;
  }

  turn(
    request: TurnRequest,
    { signal = NEVER }: TurnOptions = {},
  ): AsyncIterable<TurnEvent> {
    this.asked.push(request);
    return this.script(request, signal);
  }

  configure(): void {}

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Answers with these words. */
export function says(...words: readonly string[]): ChatScript {
  return async function* () {
    for (const text of words) yield { type: "text_delta", text };
    yield { type: "usage", usage: { inputTokens: 11, outputTokens: words.length, ...NO_CACHE } };
    yield { type: "done", finishReason: "stop" };
  };
}

/** Fails before it says anything. */
export function fails(event: Omit<Extract<ChatEvent, { type: "error" }>, "type">): ChatScript {
  return async function* () {
    yield { type: "error", ...event };
  };
}

/** Says these words, and then nothing more until it is stopped. */
export function hangsAfter(
  words: readonly string[],
  onStop: (reason: unknown) => void = () => {},
): ChatScript {
  return async function* (_request, signal) {
    for (const text of words) yield { type: "text_delta", text };
    try {
      await untilAborted(signal);
    } catch (reason) {
      onStop(reason);
      throw reason;
    }
  };
}

/** Waits until a signal aborts, and throws its reason. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

let turns = 0;

/** A turn that is answered with these words. */
export function turnSays(...words: readonly string[]): TurnScript {
  return async function* (request) {
    const turn = ++turns;
    const sessionId = request.sessionId ?? `session-${turn}`;
    yield { type: "started", sessionId, messageId: `m${turn}`, model: "scripted/echo" };
    for (const text of words) yield { type: "text_delta", text };
    yield { type: "usage", usage: { inputTokens: 5, outputTokens: words.length, ...NO_CACHE } };
    yield { type: "done", messageId: `m${turn}a`, content: words.join("") };
  };
}
