// SPDX-License-Identifier: Apache-2.0

import type {
  CallOptions,
  ChatEvent,
  ChatRequest,
  EmbedRequest,
  EmbedResult,
  ModelInfo,
  Provider,
  ProviderStatus,
  Usage,
} from "../mod.ts";

/** What the provider does when it is asked: events to give, or something to throw in their place. */
export type Script = readonly (ChatEvent | Error)[];

export const USAGE: Usage = {
  inputTokens: 10,
  outputTokens: 5,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
};

/** A provider that plays scripts, one for each call and the last again and again. */
export class ScriptedProvider implements Provider {
  readonly name: string;
  readonly asked: ChatRequest[] = [];
  scripts: Script[];
  models: readonly ModelInfo[] | Error = [];
  closes = 0;
  /** Waited for before the first event of every answer. */
  gate: Promise<void> = Promise.resolve();

  constructor(name: string, ...scripts: Script[]) {
    this.name = name;
    this.scripts = scripts;
  }

  async *chat(request: ChatRequest, { signal }: CallOptions = {}): AsyncGenerator<ChatEvent> {
    this.asked.push(request);
    const script = this.scripts.length > 1 ? this.scripts.shift() : this.scripts[0];
    await this.gate;
    for (const step of script ?? []) {
      signal?.throwIfAborted();
      if (step instanceof Error) throw step;
      yield step;
    }
  }

  async available(): Promise<boolean> {
    return true;
  }

  async status(): Promise<ProviderStatus> {
    return { available: true, provider: this.name, message: "Plays scripts" };
  }

  async listModels(): Promise<readonly ModelInfo[]> {
    if (this.models instanceof Error) throw this.models;
    return this.models;
  }

  async close(): Promise<void> {
    this.closes++;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A scripted provider that embeds, too: every text is one number. */
export class EmbeddingProvider extends ScriptedProvider {
  embedError: Error | undefined;

  async embed({ texts }: EmbedRequest): Promise<EmbedResult> {
    if (this.embedError !== undefined) throw this.embedError;
    return {
      embeddings: texts.map((text) => Float32Array.of(text.length)),
      usage: { ...USAGE, outputTokens: 0 },
    };
  }
}

export function says(text: string): Script {
  return [
    { type: "text_delta", text },
    { type: "usage", usage: USAGE },
    { type: "done", finishReason: "stop" },
  ];
}

export function fails(
  code: Extract<ChatEvent, { type: "error" }>["code"],
  retryAfterMs?: number,
): Script {
  return [{ type: "error", code, message: `Cannot chat: ${code}`, retryAfterMs }];
}
