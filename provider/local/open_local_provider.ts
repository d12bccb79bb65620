// SPDX-License-Identifier: Apache-2.0

import type { ChatEvent, ChatRequest, FinishReason, ProviderErrorCode, Usage } from "../chat.ts";
import { ProviderError } from "../errors.ts";
import type {
  CallOptions,
  EmbedRequest,
  EmbedResult,
  ModelCapabilities,
  ModelInfo,
  Provider,
  ProviderStatus,
} from "../provider.ts";
import { estimateRequestTokens, estimateTokens } from "../tokens.ts";
import { recall } from "./_recall.ts";
import { hashEmbedding } from "./hash_embedding.ts";

const NAME = "local";
const CHAT_MODEL = "recall";
const EMBEDDING_MODELS: readonly string[] = ["hash-256", "hash"];

const RULES: ModelCapabilities = {
  supportsTools: true,
  supportsVision: false,
  supportsStreaming: true,
  supportsThinking: false,
  maxContextTokens: 0,
  maxOutputTokens: 0,
};

const MODELS: readonly ModelInfo[] = [
  {
    id: CHAT_MODEL,
    name: "Recall (rules, no language model)",
    provider: NAME,
    capabilities: RULES,
  },
  {
    id: "hash-256",
    name: "Hashed words (not neural)",
    provider: NAME,
    capabilities: { ...RULES, supportsTools: false, supportsStreaming: false },
  },
];

/**
 * Opens the provider `local`, which needs no key, no network and no permission.
 *
 * `local/recall` is a set of rules, no language model, and says so. It obeys the same contract:
 *
 * - To a question it calls `memory_search` with `{query, limit}`, if that tool is offered, and answers
 *   with quotes and dates from what comes back and from the conversation itself.
 * - To `remember that …` it calls `memory_remember` with `{text}`.
 * - `/tool name {"key": "value"}` or `/tool name key=value` calls any tool that is offered and shows its
 *   result; `/tool` lists them.
 *
 * It writes text, and calls a tool only so: JSON and a forced tool are refused with `bad_request`.
 *
 * In the result of `memory_search` it reads each line that is a JSON object such as
 * `{"date":"2026-11-22T09:00:00.000Z","role":"user","text":"…"}`, `date` and `role` being optional, and
 * passes over every other line. Lines that are only a tag are not shown of any tool's result.
 *
 * `local/hash-256` embeds with {@linkcode hashEmbedding}: hashed words, not a neural model. Tokens are
 * estimates.
 *
 * @example Usage
 * ```ts
 * import { openLocalProvider } from "@sigil/provider/local";
 *
 * await using provider = openLocalProvider();
 * const messages = [{ role: "user", content: "What can you do?" }] as const;
 * for await (const event of provider.chat({ model: "recall", messages })) {
 *   if (event.type === "text_delta") console.log(event.text);
 * }
 * ```
 */
export function openLocalProvider(): Provider {
  return new LocalProvider();
}

class LocalProvider implements Provider {
  readonly name = NAME;
  #closed = false;

  async available({ signal }: CallOptions = {}): Promise<boolean> {
    signal?.throwIfAborted();
    return !this.#closed;
  }

  async status({ signal }: CallOptions = {}): Promise<ProviderStatus> {
    signal?.throwIfAborted();
    const message = this.#closed ? "Closed" : "Rules and hashed words, no language model";
    return { available: !this.#closed, provider: NAME, message };
  }

  async listModels({ signal }: CallOptions = {}): Promise<readonly ModelInfo[]> {
    signal?.throwIfAborted();
    return MODELS;
  }

  async *chat(request: ChatRequest, { signal }: CallOptions = {}): AsyncGenerator<ChatEvent> {
    signal?.throwIfAborted();
    const refused = this.#refuseChat(request);
    if (refused !== undefined) return yield refused;
    const step = recall(request);
    const inputTokens = estimateRequestTokens(request);
    if (step.type === "call") {
      const { name, arguments: text } = step;
      yield { type: "tool_call", toolCall: { id: crypto.randomUUID(), name, arguments: text } };
      yield { type: "usage", usage: toUsage(inputTokens, name + text) };
      return yield { type: "done", finishReason: "tool_calls" };
    }
    const { text, finishReason } = cut(step.text, request);
    for (const piece of text.match(/\s*\S+\s*/g) ?? []) {
      signal?.throwIfAborted();
      yield { type: "text_delta", text: piece };
    }
    yield { type: "usage", usage: toUsage(inputTokens, text) };
    yield { type: "done", finishReason };
  }

  async embed({ model, texts }: EmbedRequest, { signal }: CallOptions = {}): Promise<EmbedResult> {
    signal?.throwIfAborted();
    if (!EMBEDDING_MODELS.includes(model)) {
      throw new ProviderError("unknown_model", `Cannot embed with "local/${model}": ${UNKNOWN}`, {
        provider: NAME,
      });
    }
    const inputTokens = texts.reduce((sum, text) => sum + estimateTokens(text), 0);
    return { embeddings: texts.map(hashEmbedding), usage: toUsage(inputTokens, "") };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #refuseChat({ model, options = {} }: ChatRequest): ChatEvent | undefined {
    const refuse = (code: ProviderErrorCode, why: string): ChatEvent => {
      return { type: "error", code, message: `Cannot chat with "local/${model}": ${why}` };
    };
    if (this.#closed) return refuse("unavailable", "the provider is closed");
    if (model !== CHAT_MODEL) return refuse("unknown_model", UNKNOWN);
    const { responseFormat, toolChoice = "auto" } = options;
    if (responseFormat?.type === "json") return refuse("bad_request", "it writes text, not JSON");
    if (toolChoice === "auto" || toolChoice === "none") return undefined;
    return refuse("bad_request", "it cannot be made to call a tool, but by /tool in a message");
  }
}

const UNKNOWN = "the local models are recall for chat and hash-256 for embeddings";

/** Keeps to stop sequences and to the greatest length, as any model does. */
function cut(
  text: string,
  { options = {} }: ChatRequest,
): { readonly text: string; readonly finishReason: FinishReason } {
  const { stopSequences = [], maxTokens = Infinity } = options;
  const ends = stopSequences.filter((stop) => stop !== "").map((stop) => text.indexOf(stop));
  const stopped = text.slice(0, Math.min(text.length, ...ends.filter((end) => end >= 0)));
  if (estimateTokens(stopped) <= maxTokens) return { text: stopped, finishReason: "stop" };
  return { text: stopped.slice(0, maxTokens * 4), finishReason: "length" };
}

function toUsage(inputTokens: number, written: string): Usage {
  const outputTokens = estimateTokens(written);
  return { inputTokens, outputTokens, cacheReadTokens: 0, cacheWriteTokens: 0 };
}
