// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";
import { notItsFormat } from "../vendor_call/guard_error.ts";
import { sentErrorOf } from "../vendor_call/sent_error.ts";

const content = z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).nullish();

const count = z.number().nullish();

const usage = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z.object({ cached_tokens: count }).nullish(),
  /** What DeepSeek calls them. */
  prompt_cache_hit_tokens: count,
});

/** A message, whole or a piece of one. Some servers send what is no text as a refusal: it is none. */
const said = {
  content,
  refusal: z.unknown().optional(),
  reasoning: z.string().nullish(),
  reasoning_content: z.string().nullish(),
};

const wholeToolCall = z.object({
  id: z.string().nullish(),
  function: z.object({ name: z.string(), arguments: z.string().nullish() }),
});

const toolCallPiece = z.object({
  index: z.number().nullish(),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }),
});

const completion = z.object({
  choices: z.array(z.object({
    message: z.object({ ...said, tool_calls: z.array(wholeToolCall).nullish() }),
    finish_reason: z.string().nullish(),
  })),
  usage: usage.nullish(),
});

const chunk = z.object({
  choices: z.array(z.object({
    delta: z.object({ ...said, tool_calls: z.array(toolCallPiece).nullish() }).nullish(),
    finish_reason: z.string().nullish(),
  })),
  usage: usage.nullish(),
});

const embeddings = z.object({
  data: z.array(z.object({ embedding: z.array(z.number()) })),
  usage: z.object({ prompt_tokens: z.number() }).nullish(),
});

/** What a message says: text, or parts of which some are text. */
export type WireContent = z.output<typeof content>;

/** What an answer cost. */
export type WireUsage = z.output<typeof usage>;

/** A piece of a call of a tool. */
export type WireToolCallPiece = z.output<typeof toolCallPiece>;

/** A whole answer. */
export type Completion = z.output<typeof completion>;

/** A piece of an answer. */
export type Chunk = z.output<typeof chunk>;

/** The vectors of some texts. */
export type Embeddings = z.output<typeof embeddings>;

/**
 * Reads a whole answer.
 *
 * @throws What the vendor says went wrong, or a `GuardError` with code `invalid_response`.
 */
export function readCompletion(value: unknown): Completion {
  throwSentError(value);
  return checked(completion, value);
}

/**
 * Reads a piece of an answer. Nearly all of them have one shape, for which a look is enough.
 *
 * @throws What the vendor says went wrong, or a `GuardError` with code `invalid_response`.
 */
export function readChunk(value: unknown): Chunk {
  if (isUsualChunk(value)) return value;
  throwSentError(value);
  return checked(chunk, value);
}

/**
 * Reads vectors.
 *
 * @throws What the vendor says went wrong, or a `GuardError` with code `invalid_response`.
 */
export function readEmbeddings(value: unknown): Embeddings {
  throwSentError(value);
  return checked(embeddings, value);
}

/** One choice with some text or an ending, and nothing that costs more to check. */
function isUsualChunk(value: unknown): value is Chunk {
  if (!isRecord(value) || isThere(value.error) || isThere(value.usage)) return false;
  const { choices } = value;
  if (!Array.isArray(choices) || choices.length !== 1) return false;
  const [choice] = choices;
  if (!isRecord(choice) || !isRecord(choice.delta) || !isText(choice.finish_reason)) return false;
  const { content, reasoning, reasoning_content, tool_calls } = choice.delta;
  return isText(content) && isText(reasoning) && isText(reasoning_content) && !isThere(tool_calls);
}

function throwSentError(value: unknown): void {
  const error = sentErrorOf(value);
  if (error !== undefined) throw error;
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw notItsFormat();
}

function isText(value: unknown): boolean {
  return typeof value === "string" || !isThere(value);
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
