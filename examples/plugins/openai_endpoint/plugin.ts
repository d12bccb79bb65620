// SPDX-License-Identifier: Apache-2.0

import type {
  JsonObject,
  ProviderChatEvent,
  ProviderChatRequest,
  ProviderMessage,
  ProviderPlugin,
} from "@sigil/plugin/sdk";
import { EventSourceParserStream } from "npm:eventsource-parser@^4.1.0/stream";
import * as z from "npm:zod@^4.1.0/mini";

/** More than any event of a model needs. */
const MAX_EVENT_CHARACTERS = 16 * 1024 * 1024;

const Count = z.nullish(z.number());

const ToolCall = z.object({
  index: z.optional(z.number()),
  id: z.nullish(z.string()),
  function: z.optional(z.object({
    name: z.nullish(z.string()),
    arguments: z.nullish(z.string()),
  })),
});

const Message = z.object({
  content: z.nullish(z.string()),
  tool_calls: z.nullish(z.array(ToolCall)),
});

/** An answer, or a part of one as it comes. */
const Answer = z.object({
  choices: z._default(
    z.array(z.object({ delta: z.optional(Message), message: z.optional(Message) })),
    [],
  ),
  usage: z.nullish(z.object({
    prompt_tokens: z.number(),
    completion_tokens: z.number(),
    prompt_tokens_details: z.nullish(z.object({ cached_tokens: Count })),
  })),
  error: z.optional(z.object({ message: z.string() })),
});

const Models = z.object({ data: z.array(z.object({ id: z.string() })) });

/** How the core keeps what an assistant asked of its tools. */
const AskedTools = z.array(z.object({ id: z.string(), name: z.string(), arguments: z.string() }));

type Answer = z.infer<typeof Answer>;
type ToolCall = z.infer<typeof ToolCall>;

const endpoint = { baseUrl: "", headers: new Headers() };

export default {
  type: "provider",
  name: "openai-endpoint",

  init({ base_url, api_key }) {
    endpoint.baseUrl = String(base_url).replace(/\/+$/, "");
    endpoint.headers = new Headers({ "content-type": "application/json" });
    if (api_key !== undefined) endpoint.headers.set("authorization", `Bearer ${api_key}`);
  },

  async listModels({ signal }) {
    const response = await ask("/models", undefined, signal);
    const { data } = parse(Models, await response.text());
    return data.map(({ id }) => {
      return { id, capabilities: { supportsTools: true, supportsStreaming: true } };
    });
  },

  async *chat(request, { signal }) {
    const response = await ask("/chat/completions", requestBody(request), signal);
    const calls = new ToolCalls();
    for await (const answer of answersOf(response)) {
      if (answer.error !== undefined) throw new Error(answer.error.message);
      yield* eventsOf(answer, calls);
    }
    yield* calls.events();
    yield { type: "done" };
  },

  async status({ signal }) {
    try {
      const response = await ask("/models", undefined, signal);
      await response.body?.cancel();
      return { available: true };
    } catch (error) {
      return { available: false, message: error instanceof Error ? error.message : String(error) };
    }
  },
} satisfies ProviderPlugin;

/** Asks the endpoint; rejects with what it says when it refuses. */
async function ask(
  path: string,
  body: JsonObject | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const response = await fetch(endpoint.baseUrl + path, {
    method: body === undefined ? "GET" : "POST",
    headers: endpoint.headers,
    redirect: "error", // What is sent, the key above all, is for this host alone.
    signal,
    ...body && { body: JSON.stringify(body) },
  });
  if (response.ok) return response;
  throw new Error(`The endpoint answered ${response.status}: ${await reasonOf(response)}`);
}

async function reasonOf(response: Response): Promise<string> {
  const text = await response.text();
  const retryAfter = response.headers.get("retry-after");
  const suffix = retryAfter === null ? "" : ` (retry after ${retryAfter})`;
  try {
    return (parse(Answer, text).error?.message ?? "no reason") + suffix;
  } catch {
    return (text.slice(0, 200) || "no reason") + suffix;
  }
}

function requestBody(request: ProviderChatRequest): JsonObject {
  const { model, systemPrompt, tools, temperature, maxTokens, stopSequences, stream } = request;
  const system = systemPrompt === "" ? [] : [{ role: "system", content: systemPrompt }];
  return {
    model,
    messages: [...system, ...request.messages.map(wireMessage)],
    ...tools.length > 0 && {
      tools: tools.map(({ name, description, inputSchema }) => {
        return { type: "function", function: { name, description, parameters: inputSchema } };
      }),
    },
    ...temperature !== undefined && { temperature },
    ...maxTokens !== undefined && { max_tokens: maxTokens },
    ...stopSequences.length > 0 && { stop: [...stopSequences] },
    ...stream && { stream: true, stream_options: { include_usage: true } },
  };
}

function wireMessage({ role, content, toolCallId, metadata }: ProviderMessage): JsonObject {
  if (role === "tool") return { role, content, tool_call_id: toolCallId };
  const asked = metadata["tool_calls"];
  if (role !== "assistant" || asked === undefined) return { role, content };
  const calls = AskedTools.parse(JSON.parse(asked));
  return {
    role,
    content,
    tool_calls: calls.map(({ id, name, arguments: text }) => {
      return { id, type: "function", function: { name, arguments: text } };
    }),
  };
}

/** Gives the parts of an answer; one of them, when it does not come as a stream. */
async function* answersOf(response: Response): AsyncGenerator<Answer> {
  const type = response.headers.get("content-type") ?? "";
  if (!type.startsWith("text/event-stream") || response.body === null) {
    yield parse(Answer, await response.text());
    return;
  }
  const events = response.body.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream({ maxBufferSize: MAX_EVENT_CHARACTERS }));
  for await (const { data } of events) {
    if (data === "[DONE]") return;
    yield parse(Answer, data);
  }
  throw new Error("The endpoint broke off its answer");
}

function parse<T>(schema: z.ZodMiniType<T>, text: string): T {
  const { success, data, error } = schema.safeParse(parseJson(text));
  if (success) return data;
  const path = error.issues[0]?.path.join(".");
  throw new Error(`The endpoint answered something else than expected${path && ` at ${path}`}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("The endpoint answered something that is not JSON");
  }
}

function* eventsOf({ choices, usage }: Answer, calls: ToolCalls): Generator<ProviderChatEvent> {
  const { delta, message = delta } = choices[0] ?? {};
  if (message?.content) yield { type: "text_delta", text: message.content };
  for (const call of message?.tool_calls ?? []) calls.add(call);
  if (!usage) return;
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = usage;
  const cacheReadTokens = usage.prompt_tokens_details?.cached_tokens ?? 0;
  yield { type: "usage", usage: { inputTokens, outputTokens, cacheReadTokens } };
}

/** Tool calls come in parts; the first part of each has its id and name. */
class ToolCalls {
  readonly #calls: { id: string; name: string; arguments: string }[] = [];

  add({ index, id, function: part }: ToolCall): void {
    const call = this.#calls[index ?? this.#calls.length] ??= { id: "", name: "", arguments: "" };
    call.id ||= id ?? "";
    call.name ||= part?.name ?? "";
    call.arguments += part?.arguments ?? "";
  }

  *events(): Generator<ProviderChatEvent> {
    for (const call of this.#calls.filter(({ name }) => name !== "")) {
      yield { type: "tool_call", toolCall: { ...call, arguments: call.arguments || "{}" } };
    }
  }
}
