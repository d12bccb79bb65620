// SPDX-License-Identifier: Apache-2.0

import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
  LanguageModelV4ToolCall,
} from "@ai-sdk/provider";
import type { ChatEvent, FinishReason, ToolCall, Usage } from "../chat.ts";
import { GuardError } from "../vendor_call/guard_error.ts";
import type { VendorAnswer } from "../vendor_call/vendor_models.ts";
import { readRawUsage, toUsage } from "./_usage.ts";

const FINISH_REASONS = {
  "stop": "stop",
  "length": "length",
  "tool-calls": "tool_calls",
  "content-filter": "content_filter",
  "other": "other",
} as const satisfies Partial<Record<LanguageModelV4FinishReason["unified"], FinishReason>>;

/** How long the body of an answer may stay open after its last event, in milliseconds. */
const END_MS = 50;

/**
 * Turns one answer of a vendor into events.
 *
 * Tool calls are given when the answer is whole, so that none is run that was cut. What the model
 * thought is dropped.
 */
export class Answer implements VendorAnswer {
  /** What the vendor told so far. */
  usage: Usage | undefined;
  readonly #model: LanguageModelV4;
  readonly #options: LanguageModelV4CallOptions;
  readonly #streams: boolean;
  readonly #toolCalls: ToolCall[] = [];

  /** Begins an answer, to be asked for as a stream or whole. */
  constructor(model: LanguageModelV4, options: LanguageModelV4CallOptions, streams: boolean) {
    this.#model = model;
    this.#options = options;
    this.#streams = streams;
  }

  batches(): AsyncGenerator<readonly ChatEvent[]> {
    return this.#streams ? this.#stream() : this.#generate();
  }

  async *#stream(): AsyncGenerator<readonly ChatEvent[]> {
    const { stream } = await this.#model.doStream({ ...this.#options, includeRawChunks: true });
    const reader = stream.getReader();
    for (;;) {
      const { done, value: part } = await reader.read();
      if (done) throw new GuardError("network", "the answer was cut before its end");
      if (part.type === "finish") await readToEnd(reader);
      const events = [...this.#takePart(part)];
      if (events.length > 0) yield events;
      if (part.type === "finish") return;
    }
  }

  async *#generate(): AsyncGenerator<readonly ChatEvent[]> {
    const { content, usage, finishReason } = await this.#model.doGenerate(this.#options);
    const events = content.flatMap((part) => [...this.#takeContent(part)]);
    this.usage = toUsage(usage);
    yield [...events, ...this.#finish(finishReason)];
  }

  *#takePart(part: LanguageModelV4StreamPart): Generator<ChatEvent> {
    switch (part.type) {
      case "text-delta":
        return yield* this.#takeText(part.delta);
      case "tool-call":
        return this.#takeToolCall(part);
      case "raw":
        this.usage = readRawUsage(part.rawValue, this.usage);
        return;
      case "error":
        throw part.error;
      case "finish":
        this.usage = toUsage(part.usage) ?? this.usage;
        return yield* this.#finish(part.finishReason);
    }
  }

  *#takeContent(part: LanguageModelV4Content): Generator<ChatEvent> {
    if (part.type === "text") yield* this.#takeText(part.text);
    if (part.type === "tool-call") this.#takeToolCall(part);
  }

  *#takeText(text: string): Generator<ChatEvent> {
    if (text !== "") yield { type: "text_delta", text };
  }

  /** Tools that the vendor runs itself were never offered: their calls are not ours. */
  #takeToolCall({ toolCallId, toolName, input, providerExecuted }: LanguageModelV4ToolCall): void {
    if (providerExecuted === true) return;
    this.#toolCalls.push({ id: toolCallId, name: toolName, arguments: input });
  }

  *#finish({ unified }: LanguageModelV4FinishReason): Generator<ChatEvent> {
    if (unified === "interrupted") {
      throw new GuardError("network", "the answer was cut before its end");
    }
    if (unified === "error") throw new GuardError("overloaded", "it broke off with an error");
    for (const toolCall of this.#toolCalls) yield { type: "tool_call", toolCall };
    if (this.usage !== undefined) yield { type: "usage", usage: this.usage };
    const finishReason = this.#toolCalls.length > 0 && unified === "stop"
      ? "tool_calls"
      : FINISH_REASONS[unified];
    yield { type: "done", finishReason };
  }
}

/** A body that was read to its end leaves a connection that the next call can use. */
async function readToEnd(reader: ReadableStreamDefaultReader<unknown>): Promise<void> {
  const timer = setTimeout(() => reader.cancel(), END_MS);
  try {
    while (!(await reader.read()).done);
  } catch {
    // What comes after the last event is of no interest.
  } finally {
    clearTimeout(timer);
  }
}
