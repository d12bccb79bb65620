// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";

/** How many messages one request may hold. */
export const MAX_MESSAGES = 4_096;

/** How many texts one request may have embedded. */
export const MAX_EMBEDDING_INPUTS = 2_048;

const textPart = z.object({
  type: z.literal("text", "Sigil takes text only"),
  text: z.string(),
});

const content = z.union([z.string(), z.array(textPart)], "Expected text, or parts of type text");

const toolCall = z.object({
  id: z.string(),
  type: z.literal("function", "Sigil takes function tools only"),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

const message = z.discriminatedUnion("role", [
  z.object({ role: z.literal("system"), content }),
  z.object({ role: z.literal("developer"), content }),
  z.object({ role: z.literal("user"), content }),
  z.object({
    role: z.literal("assistant"),
    content: content.nullish(),
    tool_calls: z.array(toolCall).optional(),
  }),
  z.object({ role: z.literal("tool"), content, tool_call_id: z.string() }),
], "Expected a role: system, developer, user, assistant or tool").meta({ id: "ChatMessage" });

const identifier = z.string().regex(
  /^[A-Za-z0-9_-]{1,64}$/,
  "Expected 1 to 64 letters, digits, _ or -",
);

const tool = z.object({
  type: z.literal("function", "Sigil takes function tools only"),
  function: z.object({
    name: identifier,
    description: z.string().optional(),
    parameters: z.record(z.string(), z.unknown()).optional(),
  }),
}).meta({ id: "ChatTool" });

const toolChoice = z.union([
  z.enum(["auto", "none", "required"]),
  z.object({ type: z.literal("function"), function: z.object({ name: identifier }) }),
], "Expected auto, none, required, or one function").meta({ id: "ToolChoice" });

const responseFormat = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text") }),
  z.object({ type: z.literal("json_object") }),
  z.object({
    type: z.literal("json_schema"),
    json_schema: z.object({
      name: identifier,
      schema: z.record(z.string(), z.unknown()).optional(),
    }),
  }),
], "Expected a type: text, json_object or json_schema").meta({ id: "ResponseFormat" });

/** The body of `POST /v1/chat/completions`. Fields it does not name are passed over. */
export const chatCompletionRequest = z.object({
  model: z.string().min(1).max(512),
  messages: z.array(message).min(1).max(MAX_MESSAGES).meta({
    description:
      "With model sigil the last one is answered; the words of those before it begin the " +
      "session, if that holds nothing yet",
  }),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(16)]).nullish(),
  tools: z.array(tool).max(512).nullish(),
  tool_choice: toolChoice.nullish(),
  response_format: responseFormat.nullish(),
  n: z.int().positive().nullish(),
  logprobs: z.boolean().nullish(),
  user: z.string().max(256).nullish().meta({
    description: "With model sigil: the session, when the header x-sigil-session names none",
  }),
  top_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  seed: z.int().nullish(),
  logit_bias: z.record(z.string(), z.number()).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  reasoning_effort: z.string().nullish(),
  functions: z.unknown().optional(),
  function_call: z.unknown().optional(),
  audio: z.unknown().optional(),
}).meta({ id: "ChatCompletionRequest" });

/** A checked body of `POST /v1/chat/completions`. */
export type ChatCompletionRequest = z.output<typeof chatCompletionRequest>;

/** One message of a checked body. */
export type ChatCompletionMessage = ChatCompletionRequest["messages"][number];

const usage = z.object({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
  prompt_tokens_details: z.object({ cached_tokens: z.int() }),
}).meta({ id: "ChatUsage" });

/** What an answer cost, in OpenAI's words. */
export type ChatUsage = z.input<typeof usage>;

const finishReason = z.enum(["stop", "length", "tool_calls", "content_filter"]);

/** The answer of `POST /v1/chat/completions` without a stream. */
export const chatCompletion = z.object({
  id: z.string(),
  object: z.literal("chat.completion"),
  created: z.int(),
  model: z.string(),
  choices: z.array(z.object({
    index: z.int(),
    message: z.object({
      role: z.literal("assistant"),
      content: z.string().nullable(),
      refusal: z.null(),
      tool_calls: z.array(toolCall).optional(),
    }),
    logprobs: z.null(),
    finish_reason: finishReason,
  })),
  usage: usage.optional(),
}).meta({ id: "ChatCompletion" });

/** An answer without a stream. */
export type ChatCompletion = z.input<typeof chatCompletion>;

/** One piece of the answer of `POST /v1/chat/completions` as a stream. */
export const chatCompletionChunk = z.object({
  id: z.string(),
  object: z.literal("chat.completion.chunk"),
  created: z.int(),
  model: z.string(),
  choices: z.array(z.object({
    index: z.int(),
    delta: z.object({
      role: z.literal("assistant").optional(),
      content: z.string().optional(),
      tool_calls: z.array(z.object({
        index: z.int(),
        id: z.string().optional(),
        type: z.literal("function").optional(),
        function: z.object({ name: z.string().optional(), arguments: z.string() }),
      })).optional(),
    }),
    logprobs: z.null(),
    finish_reason: finishReason.nullable(),
  })),
  usage: usage.nullish(),
}).meta({ id: "ChatCompletionChunk" });

/** A piece of an answer as a stream. */
export type ChatCompletionChunk = z.input<typeof chatCompletionChunk>;

/** Why an answer ended, in OpenAI's words. */
export type OpenAiFinishReason = z.input<typeof finishReason>;

/** One model. */
export const model = z.object({
  id: z.string(),
  object: z.literal("model"),
  created: z.int(),
  owned_by: z.string(),
}).meta({ id: "Model" });

/** The answer of `GET /v1/models`. */
export const modelList = z.object({ object: z.literal("list"), data: z.array(model) }).meta({
  id: "ModelList",
});

/** The body of `POST /v1/embeddings`. */
export const embeddingsRequest = z.object({
  model: z.string().min(1).max(512),
  input: z.union(
    [z.string().min(1), z.array(z.string().min(1)).min(1).max(MAX_EMBEDDING_INPUTS)],
    `Expected a text, or 1 to ${MAX_EMBEDDING_INPUTS} texts, none of them empty`,
  ),
  encoding_format: z.enum(["float", "base64"]).nullish(),
  dimensions: z.int().positive().nullish(),
  user: z.string().max(256).nullish(),
}).meta({ id: "EmbeddingsRequest" });

/** The answer of `POST /v1/embeddings`. */
export const embeddingList = z.object({
  object: z.literal("list"),
  model: z.string(),
  data: z.array(z.object({
    object: z.literal("embedding"),
    index: z.int(),
    embedding: z.union([z.array(z.number()), z.base64()]),
  })),
  usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
}).meta({ id: "EmbeddingList" });

/** The body of an error under `/v1`. */
export const openAiErrorBody = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string(),
  }),
}).meta({ id: "OpenAiError" });
