// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";
import { openBatches } from "@sigil/provider";
import { type Answer, untilSilent } from "../answers.ts";
import { GatewayError } from "../errors.ts";
import { eventStreamResponse } from "../event_stream.ts";
import { newId } from "../new_id.ts";
import { chatProblem, openAiErrorResponse } from "../problem.ts";
import { recordAnswer } from "../record_answer.ts";
import { rawRoute, type RequestContext, type Route } from "../route.ts";
import type { Services } from "../services.ts";
import { ModelCall } from "../telemetry.ts";
import { getWorkspace } from "../workspace_access.ts";
import { type AnswerEnd, BookedAnswer } from "./booked_answer.ts";
import {
  checkSupported,
  ignoredHints,
  textOf,
  toChatRequest,
  toHistory,
  toOptions,
} from "./chat_request.ts";
import {
  type AnswerEvent,
  type AnswerHead,
  collect,
  fromTurn,
  toCompletion,
} from "./completion.ts";
import { type ConversationOwner, Conversations } from "./conversations.ts";
import { findKeptConversation } from "./kept_conversation.ts";
import { Frames } from "./frames.ts";
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
  readonly batches: AsyncIterator<readonly AnswerEvent[], void>;
  readonly headers: Readonly<Record<string, string>>;
  readonly workspaceId: string;
  /** The session, when the agent answers; else empty. */
  readonly sessionId: string;
  /** What of the request had to be left out. */
  readonly leftOut?: readonly string[] | undefined;
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
  #call: ModelCall | undefined;
  #isBrought = false;

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
      const answer = new BookedAnswer(source.batches, (end) => this.#book(source, end));
      const first = await answer.readFirst();
      if (first.type === "error") {
        await answer.return();
        return withHeaders(openAiErrorResponse(chatProblem(first)), source.headers);
      }
      return this.#input.body.stream
        ? this.#stream(source, answer)
        : await this.#whole(source, answer);
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

  async #whole(source: Source, answer: BookedAnswer): Promise<Response> {
    const collected = await collect(answer);
    const response = collected.problem === undefined
      ? Response.json(toCompletion(this.#head, collected))
      : openAiErrorResponse(collected.problem);
    return withHeaders(response, source.headers);
  }

  #stream(source: Source, answer: BookedAnswer): Response {
    const includeUsage = this.#input.body.stream_options?.include_usage ?? false;
    const { clock, limits, logger } = this.#services;
    return eventStreamResponse(new Frames(this.#head, answer, { includeUsage, logger }), {
      clock,
      heartbeatMs: limits.heartbeatMs,
      stallMs: limits.stallMs,
      headers: source.headers,
      onLeave: (reason) => this.#answer.stop(reason),
    });
  }

  async #open(): Promise<Source> {
    const { body } = this.#input;
    const source = this.#isForAgent
      ? await this.#openTurn(body.model.slice(AGENT_MODEL.length + 1))
      : await this.#openModel();
    const { leftOut = [] } = source;
    const ignored = [...ignoredHints(body, this.#isForAgent), ...leftOut];
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
    const asked = toChatRequest(model, body);
    const batches = call.within(() => openBatches(provider, asked, { signal }));
    return { batches: this.#untilSilent(batches), headers: {}, workspaceId, sessionId: "" };
  }

  async #openTurn(named: string): Promise<Source> {
    const { agent, view } = this.#services;
    const { identity, body } = this.#input;
    const workspaceId = named === "" ? view().defaultWorkspaceId : named;
    getWorkspace(this.#services, identity, workspaceId);
    const request = {
      workspaceId,
      userId: identity.userId,
      sessionId: await this.#sessionFor(workspaceId),
      content: lastWords(body),
      history: toHistory(body),
      // Whole answers cost a third of streamed ones, also when it is the agent that reads them.
      options: { ...toOptions(body), stream: body.stream ?? false },
    };
    const turn = this.#untilSilent(agent.turn(request, { signal: this.#answer.signal }));
    const first = await turn.next();
    if (first.done) throw new Error("The turn ended before it began");
    const batches = fromTurn(first.value, turn);
    if (first.value.type !== "started") return { batches, headers: {}, workspaceId, sessionId: "" };
    const { sessionId, brought } = first.value;
    this.#isBrought = brought !== undefined;
    if (this.#isBrought) {
      this.#conversations.rememberBrought(this.#ownerIn(workspaceId), body.messages, sessionId);
    }
    const leftOut = brought !== undefined && brought.leftOut > 0 ? ["earlier messages"] : [];
    const headers = { "x-sigil-session": sessionId };
    return { batches, headers, workspaceId, sessionId, leftOut };
  }

  async #sessionFor(workspaceId: string): Promise<string | undefined> {
    const { request, body } = this.#input;
    const owner = this.#ownerIn(workspaceId);
    const known = request.headers.get("x-sigil-session") || body.user ||
      this.#conversations.find(owner, body.messages);
    if (known !== undefined) return known;
    const { sessions } = await this.#services.openWorkspace(workspaceId);
    return await findKeptConversation(sessions, owner, body.messages);
  }

  #untilSilent<T>(events: AsyncIterable<T>): AsyncIterableIterator<T, void, void> {
    const { clock, limits } = this.#services;
    return untilSilent(events, this.#answer, { clock, silenceMs: limits.silenceMs });
  }

  /** Puts on record that the answer ended, and how. */
  async #book(source: Source, { result, usage, text }: AnswerEnd): Promise<void> {
    try {
      this.#call?.end({ result, usage });
      await recordAnswer(this.#services, {
        userId: this.#input.identity.userId,
        workspaceId: source.workspaceId,
        isTurn: this.#isForAgent,
        model: this.#head.model,
        usage,
        result,
      });
      if (result === "ok") this.#remember(source, text);
    } finally {
      this.#answer.end();
    }
  }

  #remember({ workspaceId, sessionId }: Source, text: string): void {
    if (sessionId === "") return;
    const { messages } = this.#input.body;
    const owner = this.#ownerIn(workspaceId);
    if (this.#isBrought) this.#conversations.forgetBrought(owner, messages);
    this.#conversations.remember(owner, messages, text, sessionId);
  }

  #ownerIn(workspaceId: string): ConversationOwner {
    return { userId: this.#input.identity.userId, workspaceId };
  }
}

function isForAgent({ model }: ChatCompletionRequest): boolean {
  return model === AGENT_MODEL || model.startsWith(`${AGENT_MODEL}/`);
}

/** What the user says now. */
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

function withHeaders(
  response: Response,
  headers: Readonly<Record<string, string>>,
): Response {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}
