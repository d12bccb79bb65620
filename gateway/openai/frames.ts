// SPDX-License-Identifier: Apache-2.0

import type { ToolCall, Usage } from "@sigil/provider";
import { GatewayError } from "../errors.ts";
import { eventFrame } from "../event_stream.ts";
import type { Logger } from "../logger.ts";
import { chatProblem, openAiError, type Problem, toProblem } from "../problem.ts";
import { type AnswerEvent, type AnswerHead, toFinishReason, toUsage } from "./completion.ts";
import type { ChatCompletionChunk } from "./schemas.ts";

/** How {@linkcode Frames} are written. */
export interface FramesOptions {
  /** Whether a last frame tells what the answer cost. */
  readonly includeUsage: boolean;
  /** Where it is written what broke an answer off. */
  readonly logger: Logger;
}

const DONE = eventFrame("[DONE]");

/**
 * The frames of OpenAI's stream, the last one included: those of the events that came together are
 * given together. A stream that fails midway ends with an error that the client can read.
 */
export class Frames implements AsyncIterableIterator<string, void, void> {
  readonly #batches: AsyncIterator<readonly AnswerEvent[], void>;
  readonly #writer: ChunkWriter;
  readonly #options: FramesOptions;
  #calls = 0;
  #usage: Usage | undefined;
  #isBegun = false;
  #isOver = false;

  /** Makes the frames of an answer. */
  constructor(
    head: AnswerHead,
    batches: AsyncIterator<readonly AnswerEvent[], void>,
    options: FramesOptions,
  ) {
    this.#batches = batches;
    this.#writer = new ChunkWriter(head, options.includeUsage);
    this.#options = options;
  }

  /** Gives the next frames. */
  async next(): Promise<IteratorResult<string, void>> {
    try {
      while (!this.#isOver) {
        const next = await this.#batches.next();
        if (next.done) break;
        const frames = this.#write(next.value);
        if (frames !== "") return { done: false, value: frames };
      }
    } catch (error) {
      return { done: false, value: this.#tell(error) };
    }
    return { done: true, value: undefined };
  }

  /** Leaves the rest. */
  async return(): Promise<IteratorResult<string, void>> {
    this.#isOver = true;
    await this.#batches.return?.();
    return { done: true, value: undefined };
  }

  /** Gives itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  #tell(error: unknown): string {
    this.#isOver = true;
    if (!(error instanceof GatewayError || isAbort(error))) {
      this.#options.logger.error("answer failed", { error: String(error) });
    }
    return errorFrame(toProblem(error));
  }

  #write(events: readonly AnswerEvent[]): string {
    let frames = this.#isBegun ? "" : this.#writer.delta({ role: "assistant", content: "" });
    this.#isBegun = true;
    for (const event of events) frames += this.#writeOne(event);
    return frames;
  }

  #writeOne(event: AnswerEvent): string {
    switch (event.type) {
      case "text_delta":
        return this.#writer.text(event.text);
      case "tool_call":
        return this.#writer.toolCall(this.#calls++, event.toolCall);
      case "usage":
        this.#usage = event.usage;
        return "";
      case "done":
        this.#isOver = true;
        return this.#writer.finish(toFinishReason(event.finishReason)) +
          (this.#options.includeUsage ? this.#writer.usage(this.#usage) : "") + DONE;
      case "error":
        this.#isOver = true;
        return errorFrame(chatProblem(event));
      default:
        return event satisfies never;
    }
  }
}

/** Whether the answer was stopped because its client left, which is nobody's fault. */
function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function errorFrame(problem: Problem): string {
  return eventFrame(JSON.stringify(openAiError(problem)));
}

type Choice = ChatCompletionChunk["choices"][number];

/** Writes the chunks of one answer. What they have in common is written once. */
class ChunkWriter {
  readonly #head: string;
  readonly #noUsage: string;
  readonly #textHead: string;
  readonly #textTail: string;

  constructor({ id, created, model }: AnswerHead, includeUsage: boolean) {
    const head = { id, object: "chat.completion.chunk", created, model };
    this.#head = `${JSON.stringify(head).slice(0, -1)},"choices":[`;
    this.#noUsage = includeUsage ? ',"usage":null' : "";
    // Nearly all of them are text: these are put together around it.
    this.#textHead = `data: ${this.#head}{"index":0,"delta":{"content":`;
    this.#textTail = `},"logprobs":null,"finish_reason":null}]${this.#noUsage}}\n\n`;
  }

  text(text: string): string {
    return this.#textHead + JSON.stringify(text) + this.#textTail;
  }

  delta(delta: Choice["delta"], finishReason: Choice["finish_reason"] = null): string {
    const choice: Choice = { index: 0, delta, logprobs: null, finish_reason: finishReason };
    return eventFrame(`${this.#head}${JSON.stringify(choice)}]${this.#noUsage}}`);
  }

  /** As vendors do: first which tool, then what with. */
  toolCall(index: number, { id, name, arguments: text }: ToolCall): string {
    const first = { index, id, type: "function" as const, function: { name, arguments: "" } };
    const begin = this.delta({ tool_calls: [first] });
    if (text === "") return begin;
    return begin + this.delta({ tool_calls: [{ index, function: { arguments: text } }] });
  }

  finish(reason: Choice["finish_reason"]): string {
    return this.delta({}, reason);
  }

  usage(usage: Usage | undefined): string {
    return eventFrame(`${this.#head}],"usage":${JSON.stringify(usage ? toUsage(usage) : null)}}`);
  }
}
