// SPDX-License-Identifier: Apache-2.0

import {
  type ChatEvent,
  type ChatRequest,
  type ModelCallOptions,
  type Provider,
  ProviderError,
  type ProviderErrorCode,
  type Route,
  type Router,
  type Usage,
} from "@sigil/provider";

/** How the model answers one request. */
export type Answer = (
  request: ChatRequest,
  signal: AbortSignal,
) => Iterable<ChatEvent> | AsyncIterable<ChatEvent>;

/** What every scripted answer costs. */
export const USAGE: Usage = {
  inputTokens: 10,
  outputTokens: 5,
  cacheReadTokens: 2,
  cacheWriteTokens: 1,
};

/** A provider that answers by a script: one answer for each request, the last one again and again. */
export class ScriptedProvider implements Provider {
  readonly name = "script";
  /** What it was asked, in order. */
  readonly requests: ChatRequest[] = [];
  /** With what limits it was asked, and for which session. */
  readonly calls: Omit<ModelCallOptions, "signal">[] = [];
  /** How many answers are under way. */
  open = 0;
  readonly #answers: readonly Answer[];

  constructor(answers: readonly Answer[]) {
    this.#answers = answers;
  }

  available(): Promise<boolean> {
    return Promise.resolve(true);
  }

  listModels(): Promise<[]> {
    return Promise.resolve([]);
  }

  async *chat(
    request: ChatRequest,
    options: ModelCallOptions = {},
  ): AsyncGenerator<ChatEvent, void> {
    const answer = this.#answers[Math.min(this.requests.length, this.#answers.length - 1)];
    if (answer === undefined) throw new TypeError("The script has no answer");
    this.requests.push(structuredClone(request));
    const { signal: _, ...call } = options;
    this.calls.push(call);
    this.open++;
    try {
      yield* answer(request, options.signal ?? new AbortController().signal);
    } finally {
      this.open--;
    }
  }

  status() {
    return Promise.resolve({ available: true, provider: this.name, message: "scripted" });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A router that knows one provider, whose models are `script/…`. */
export class SoleRouter implements Router {
  readonly #provider: Provider;

  constructor(provider: Provider) {
    this.#provider = provider;
  }

  route(_workspaceId: string, modelName: string): Promise<Route> {
    const [provider, model] = (modelName || `${this.#provider.name}/default`).split("/");
    if (provider === this.#provider.name && model !== undefined) {
      return Promise.resolve({ provider: this.#provider, model });
    }
    const message = `Cannot route "${modelName}": no provider has that model`;
    return Promise.reject(new ProviderError("unknown_model", message));
  }

  registerProvider(): void {
    throw new TypeError("This router knows one provider");
  }

  close(): Promise<void> {
    return this.#provider.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Says something, word by word. */
export function says(text: string): Answer {
  return () => [
    ...text.split(/(?<= )/).map((word): ChatEvent => ({ type: "text_delta", text: word })),
    { type: "usage", usage: USAGE },
    { type: "done", finishReason: "stop" },
  ];
}

/** Asks for tools, perhaps after a word. */
export function callsTools(
  calls: readonly { readonly name: string; readonly input: unknown; readonly id?: string }[],
  text = "",
): Answer {
  return () => [
    ...(text === "" ? [] : [{ type: "text_delta", text } as const]),
    ...calls.map(({ name, input, id }, index): ChatEvent => ({
      type: "tool_call",
      toolCall: {
        id: id ?? `call-${index + 1}`,
        name,
        arguments: typeof input === "string" ? input : JSON.stringify(input),
      },
    })),
    { type: "usage", usage: USAGE },
    { type: "done", finishReason: "tool_calls" },
  ];
}

/** Says something, then fails. */
export function failsAfter(text: string, code: ProviderErrorCode, retryAfterMs?: number): Answer {
  return () => [
    ...(text === "" ? [] : [{ type: "text_delta", text } as const]),
    { type: "usage", usage: USAGE },
    { type: "error", code, message: `Cannot chat with script: ${code}`, retryAfterMs },
  ];
}

/** Says something, then nothing more until it is aborted. */
export function saysAndStalls(text: string): Answer {
  return async function* (_request, signal) {
    if (text !== "") yield { type: "text_delta", text };
    await aborted(signal);
  };
}

/** Rejects with the signal's reason once it aborts. */
export function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return promise;
}
