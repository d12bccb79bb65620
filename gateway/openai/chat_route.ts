// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";
import type { Usage } from "@sigil/provider";
import { type Answer, untilSilent } from "../answers.ts";
import { GatewayError } from "../errors.ts";
import { eventStreamResponse } from "../event_stream.ts";
import { newId } from "../new_id.ts";
import { chatProblem, openAiErrorResponse, toProblem } from "../problem.ts";
import { recordAnswer } from "../record_answer.ts";
import { rawRoute, type RequestContext, type Route } from "../route.ts";
import type { Services } from "../services.ts";
import { ModelCall } from "../telemetry.ts";
import { getWorkspace } from "../workspace_access.ts";
import { checkSupported, ignoredHints, textOf, toChatRequest, toOptions } from "./chat_request.ts";
import {
  type AnswerEvent,
  type AnswerHead,
  collect,
  errorFrame,
  fromTurn,
  toCompletion,
  toFrames,
} from "./completion.ts";
import { Conversations } from "./conversations.ts";
import {
  chatCompletion,
  chatCompletionChunk,
  type ChatCompletionRequest,
  chatCompletionRequest,
} from "./schemas.ts";

/** The name of the agent among the models. */
export const AGENT_MODEL = "sigil";

/** Where an answer comes from. */
interface Source {
  readonly events: AsyncIterable<AnswerEvent>;
  readonly headers: Readonly<Record<string, string>>;
  readonly workspaceId: string;
  /** The session, when the agent answers; else empty. */
  readonly sessionId: string;
}

interface ChatInput extends RequestContext {
  readonly body: ChatCompletionRequest;
}

const headers = z.object({
  "x-sigil-session": z.string().max(256).optional().meta({
    description: "With model sigil: the session to go on with",
  }),
  "x-sigil-workspace": z.string().optional().meta({
    description: "With provider/model: the workspace that is asked for and pays",
  }),
});

/** The route `POST /v1/chat/completions`. */
export function chatCompletionRoute(services: Services): Route {
  const conversations = new Conversations();
  return rawRoute({
    method: "post",
    path: "/v1/chat/completions",
    id: "createChatCompletion",
    summary: "Answers a conversation: sigil is the agent, provider/model goes to that model",
    tag: "OpenAI-compatible",
    access: "member",
    headers,
    body: chatCompletionRequest,
    result: chatCompletion,
    produces: { "text/event-stream": chatCompletionChunk },
  }, async (input) => await new ChatCompleter(services, conversations, input).answer());
}

/** Answers one request. */
class ChatCompleter {
  readonly #services: Services;
  readonly #conversations: Conversations;
  readonly #input: ChatInput;
  readonly #answer: Answer;
  readonly #head: AnswerHead;
  #usage: Usage | undefined;
  #text = "";
  #call: ModelCall | undefined;

  constructor(services: Services, conversations: Conversations, input: ChatInput) {
    checkSupported(input.body, isForAgent(input.body));
    const now = services.clock.now();
    this.#services = services;
    this.#conversations = conversations;
    this.#input = input;
    this.#answer = services.answers.begin(input.identity.userId);
    this.#head = {
      id: `chatcmpl-${newId(now)}`,
      created: Math.floor(now.getTime() / 1000),
      model: input.body.model,
    };
  }

  async answer(): Promise<Response> {
    try {
      this.#stopWhenClientLeaves();
      const source = await this.#open();
      const events = this.#watched(source);
      const head = await readHead(events);
      const last = head.at(-1);
      if (last?.type === "error") {
        await events.return();
        return withHeaders(openAiErrorResponse(chatProblem(last)), source.headers);
      }
      const all = prepend(head, events);
      return this.#input.body.stream ? this.#stream(source, all) : await this.#whole(source, all);
    } catch (error) {
      this.#answer.end();
      throw error;
    }
  }

  #stopWhenClientLeaves(): void {
    const { signal } = this.#input.request;
    signal.throwIfAborted();
    signal.addEventListener("abort", () => this.#answer.stop(signal.reason), { once: true });
  }

  get #isForAgent(): boolean {
    return isForAgent(this.#input.body);
  }

  async #whole(source: Source, events: AsyncIterable<AnswerEvent>): Promise<Response> {
    const collected = await collect(events);
    const response = collected.problem === undefined
      ? Response.json(toCompletion(this.#head, collected))
      : openAiErrorResponse(collected.problem);
    return withHeaders(response, source.headers);
  }

  #stream(source: Source, events: AsyncIterable<AnswerEvent>): Response {
    const includeUsage = this.#input.body.stream_options?.include_usage ?? false;
    const { clock, limits } = this.#services;
    return eventStreamResponse(this.#told(toFrames(this.#head, events, { includeUsage })), {
      clock,
      heartbeatMs: limits.heartbeatMs,
      stallMs: limits.stallMs,
      headers: source.headers,
      onLeave: (reason) => this.#answer.stop(reason),
    });
  }

  async #open(): Promise<Source> {
    const { body } = this.#input;
    const ignored = ignoredHints(body, this.#isForAgent);
    const source = this.#isForAgent
      ? await this.#openTurn(body.model.slice(AGENT_MODEL.length + 1))
      : await this.#openModel();
    if (ignored.length === 0) return source;
    return { ...source, headers: { ...source.headers, "x-sigil-ignored": ignored.join(", ") } };
  }

  async #openModel(): Promise<Source> {
    const { router, view } = this.#services;
    const { body, request, identity } = this.#input;
    const named = request.headers.get("x-sigil-workspace");
    const workspaceId = getWorkspace(
      this.#services,
      identity,
      named ?? view().defaultWorkspaceId,
    ).id;
    const { signal } = this.#answer;
    const { provider, model } = await router.route(workspaceId, body.model, { signal });
    const call = this.#call = new ModelCall("chat", body.model);
    const events = call.within(() => provider.chat(toChatRequest(model, body), { signal }));
    return { events: this.#untilSilent(events), headers: {}, workspaceId, sessionId: "" };
  }

  async #openTurn(named: string): Promise<Source> {
    const { agent, view } = this.#services;
    const { identity, body } = this.#input;
    const workspaceId = named === "" ? view().defaultWorkspaceId : named;
    getWorkspace(this.#services, identity, workspaceId);
    const request = {
      workspaceId,
      userId: identity.userId,
      sessionId: this.#sessionFor(workspaceId),
      content: lastWords(body),
      // Whole answers cost a third of streamed ones, also when it is the agent that reads them.
      options: { ...toOptions(body), stream: body.stream ?? false },
    };
    const turn = this.#untilSilent(agent.turn(request, { signal: this.#answer.signal }));
    const first = await turn.next();
    if (first.done) throw new Error("The turn ended before it began");
    const sessionId = first.value.type === "started" ? first.value.sessionId : "";
    const headers: Record<string, string> = sessionId === ""
      ? {}
      : { "x-sigil-session": sessionId };
    return { events: fromTurn(prepend([first.value], turn)), headers, workspaceId, sessionId };
  }

  #sessionFor(workspaceId: string): string | undefined {
    const { request, body, identity } = this.#input;
    const owner = { userId: identity.userId, workspaceId };
    return request.headers.get("x-sigil-session") || body.user ||
      this.#conversations.find(owner, body.messages);
  }

  #untilSilent<T>(events: AsyncIterable<T>): AsyncGenerator<T, void, void> {
    const { clock, limits } = this.#services;
    return untilSilent(events, this.#answer, { clock, silenceMs: limits.silenceMs });
  }

  /** Passes events on and keeps the books: the last event is told only when it has been recorded. */
  async *#watched(source: Source): AsyncGenerator<AnswerEvent, void, void> {
    let isRecorded = false;
    let failure = "cancelled";
    try {
      for await (const event of source.events) {
        if (event.type === "text_delta" && source.sessionId !== "") this.#text += event.text;
        else if (event.type === "usage") this.#usage = event.usage;
        else if (event.type === "done" || event.type === "error") {
          isRecorded = true;
          await this.#record(source, event.type === "done" ? "ok" : event.code);
          if (event.type === "done") this.#remember(source);
        }
        yield event;
      }
    } catch (error) {
      if (error instanceof GatewayError) failure = error.code;
      throw error;
    } finally {
      if (!isRecorded) await this.#record(source, failure);
      this.#answer.end();
    }
  }

  /** Ends a stream that failed midway with an error that the client can read. */
  async *#told(frames: AsyncIterable<string>): AsyncGenerator<string, void, void> {
    try {
      yield* frames;
    } catch (error) {
      if (!(error instanceof GatewayError)) {
        this.#services.logger.error("answer failed", { error: String(error) });
      }
      yield errorFrame(toProblem(error));
    }
  }

  async #record({ workspaceId }: Source, result: string): Promise<void> {
    this.#call?.end({ result, usage: this.#usage });
    await recordAnswer(this.#services, {
      userId: this.#input.identity.userId,
      workspaceId,
      isTurn: this.#isForAgent,
      model: this.#head.model,
      usage: this.#usage,
      result,
    });
  }

  #remember({ workspaceId, sessionId }: Source): void {
    if (sessionId === "") return;
    const owner = { userId: this.#input.identity.userId, workspaceId };
    this.#conversations.remember(owner, this.#input.body.messages, this.#text, sessionId);
  }
}

function isForAgent({ model }: ChatCompletionRequest): boolean {
  return model === AGENT_MODEL || model.startsWith(`${AGENT_MODEL}/`);
}

/** What the user says now: the agent knows by itself what was said before. */
function lastWords({ messages }: ChatCompletionRequest): string {
  const last = messages.at(-1);
  const text = last?.role === "user" ? textOf(last) : "";
  if (text.trim() !== "") return text;
  const path = `messages[${messages.length - 1}]`;
  const why = last?.role === "user" ? "it is empty" : "it is not the user's";
  throw new GatewayError("invalid_request", `Cannot answer the last message: ${why}`, {
    issues: [{ path, message: "Expected a message of the user with words in it" }],
  });
}

/**
 * Reads up to the first event that says how the answer goes: until then, a failure can still be told by
 * the status of the response.
 */
async function readHead(
  events: AsyncGenerator<AnswerEvent, void, void>,
): Promise<readonly AnswerEvent[]> {
  const head: AnswerEvent[] = [];
  while (true) {
    const next = await events.next();
    if (next.done) throw new Error("The answer ended without an end");
    head.push(next.value);
    if (next.value.type !== "usage") return head;
  }
}

async function* prepend<T>(
  head: readonly T[],
  rest: AsyncGenerator<T, void, void>,
): AsyncGenerator<T, void, void> {
  try {
    yield* head;
    yield* rest;
  } finally {
    await rest.return();
  }
}

function withHeaders(
  response: Response,
  headers: Readonly<Record<string, string>>,
): Response {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}
