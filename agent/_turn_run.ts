// SPDX-License-Identifier: Apache-2.0

import type { ChatOptions, ChatRequest, Route } from "@sigil/provider";
import type { Message, Session, WorkspaceStores } from "@sigil/store";
import { createSession, enterWorkspace, findSession, type Speaker } from "./_access.ts";
import { addUsage, ask, nameOf, NO_USAGE, Reply, totalTokens } from "./_ask.ts";
import { takeOver } from "./_brought_history.ts";
import { buildConversation, wholeTurns } from "./_conversation.ts";
import { AgentError } from "./errors.ts";
import { hasCode, toAgentError } from "./_failure.ts";
import { LinkedController } from "./_linked_controller.ts";
import type { Parts } from "./_parts.ts";
import { record } from "./_record.ts";
import { sessionKey } from "./_roll_over.ts";
import { addTokens, checkTokenBudget, currentBudget, toSessionLimits } from "./_token_budget.ts";
import { type TakenCalls, ToolAllowance } from "./_tool_allowance.ts";
import { normaliseCalls, toMetadata } from "./_tool_calls.ts";
import { type ToolResult, ToolRunner } from "./_tool_runner.ts";
import { Transcript } from "./_transcript.ts";
import type { BroughtHistory, TurnEvent, TurnRequest } from "./turn.ts";

/** What a turn works with once it is let in. */
interface Ground {
  readonly stores: WorkspaceStores;
  readonly session: Session;
  readonly route: Route;
  /** How many messages the session held before this turn, as far as its window goes. */
  readonly held: number;
  /** What was said before this turn, as far as the model is shown it. */
  history: readonly Message[];
  readonly transcript: Transcript;
  readonly tools: ToolRunner;
  /** What the session took over of what the turn brought. */
  readonly brought: BroughtHistory | undefined;
}

/** One turn of a session, from the check of who speaks to the record of how it ended. */
export class TurnRun {
  readonly #parts: Parts;
  readonly #request: TurnRequest;
  readonly #speaker: Speaker;
  readonly #allowance: ToolAllowance;
  #ground: Ground | undefined;
  #usage = NO_USAGE;
  #isBooked = false;
  #settled = false;

  constructor(parts: Parts, request: TurnRequest, speaker: Speaker) {
    this.#parts = parts;
    this.#request = request;
    this.#speaker = speaker;
    this.#allowance = new ToolAllowance(parts.settings.maxToolCalls);
  }

  /** The stores that the turn worked with; undefined when it was not let in. */
  get stores(): WorkspaceStores | undefined {
    return this.#ground?.stores;
  }

  /** Whether the session may hold more messages than its window now. */
  get mayOverflow(): boolean {
    if (this.#ground === undefined) return false;
    const { held, transcript } = this.#ground;
    return held + transcript.added.length > this.#parts.settings.activeWindow;
  }

  /** Runs the turn. However the reader leaves it, what it did is stored and recorded. */
  async *events(signal: AbortSignal): AsyncGenerator<TurnEvent, void> {
    try {
      const ground = await this.#begin(signal);
      const { id: messageId } = await this.#hear(ground);
      const { sessionId } = this.#speaker;
      const { route, brought } = ground;
      const started = { type: "started", sessionId, messageId, model: nameOf(route) } as const;
      yield brought === undefined ? started : { ...started, brought };
      const answer = yield* this.#answer(ground, signal);
      await this.#settle("ok");
      yield* this.#tellUsage();
      yield { type: "done", messageId: answer.id, content: answer.content };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      yield* this.#fail(toAgentError(error));
    } finally {
      await this.#settleQuietly("interrupted");
    }
  }

  /** Checks everything that can be checked before anything is stored. */
  async #begin(signal: AbortSignal): Promise<Ground> {
    const parts = this.#parts;
    const speaker = this.#speaker;
    const stores = await enterWorkspace(parts, speaker);
    const known = await findSession(stores.sessions, speaker);
    if (known !== undefined) checkTokenBudget(known, parts.now());
    const model = this.#request.model || known?.modelOverride || "";
    const route = await parts.router.route(speaker.workspaceId, model, { signal });
    const tools = new ToolRunner(parts, speaker, await parts.tools(speaker));
    signal.throwIfAborted();
    const session = known ?? await this.#createSession(stores);
    const { activeWindow } = parts.settings;
    const open = () => stores.sessions.getActiveWindow(session.id, activeWindow);
    let window = await open();
    const brought = await this.#takeOver(stores, session, window);
    if (brought !== undefined) window = await open();
    const transcript = new Transcript({ ...parts, ...speaker, stores, last: window.at(-1) });
    const [held, history] = [window.length, wholeTurns(window)];
    this.#ground = { stores, session, route, tools, transcript, held, history, brought };
    return this.#ground;
  }

  async #createSession({ sessions }: WorkspaceStores): Promise<Session> {
    const { session, isNew } = await createSession(sessions, this.#speaker, this.#parts.now());
    if (isNew) this.#parts.settled.add(sessionKey(this.#speaker));
    await record(this.#parts, this.#speaker, { action: "session.create", result: "ok" });
    return session;
  }

  /** Lets a session that holds nothing yet go on with the history that the turn brings, if any. */
  async #takeOver(
    stores: WorkspaceStores,
    { lastCompaction }: Session,
    window: readonly Message[],
  ): Promise<BroughtHistory | undefined> {
    const { history = [] } = this.#request;
    if (history.length === 0 || window.length > 0 || lastCompaction !== null) return undefined;
    const brought = await takeOver({ ...this.#parts, ...this.#speaker, stores }, history);
    if (brought.taken + brought.leftOut === 0) return undefined;
    const details = { taken: brought.taken, leftOut: brought.leftOut };
    await record(this.#parts, this.#speaker, {
      action: "session.take_over",
      result: "ok",
      details,
    });
    return brought;
  }

  #hear({ transcript }: Ground): Promise<Message> {
    const { content, metadata = {} } = this.#request;
    return transcript.append({ role: "user", content, metadata });
  }

  /** Asks the model, and runs the tools that it asks for, until it answers. */
  async *#answer(ground: Ground, signal: AbortSignal): AsyncGenerator<TurnEvent, Message> {
    const { maxToolRounds } = this.#parts.settings;
    for (let round = 0;; round++) {
      const reply = yield* this.#askWithinReach(ground, signal);
      if (reply.calls.length === 0) return await this.#say(ground, reply);
      if (round === maxToolRounds) {
        await this.#keepPartial(ground, reply);
        throw new AgentError(
          "tool_loop",
          `Cannot finish the turn: the model asked for tools more than ${maxToolRounds} times`,
        );
      }
      yield* this.#runTools(ground, reply, signal);
    }
  }

  /** Asks, and when that is more than the model can read, asks again with less of what was said. */
  async *#askWithinReach(ground: Ground, signal: AbortSignal): AsyncGenerator<TurnEvent, Reply> {
    const { length } = ground.transcript.added;
    while (true) {
      try {
        return yield* this.#ask(ground, signal);
      } catch (error) {
        const { history, transcript } = ground;
        const isUnheard = hasCode(error, "context_length") && transcript.added.length === length;
        if (!isUnheard || history.length === 0) throw error;
        ground.history = wholeTurns(history.slice(Math.ceil(history.length / 2)));
        this.#parts.logger.info("window shortened", { ...this.#speaker, messages: history.length });
      }
    }
  }

  async *#ask(ground: Ground, signal: AbortSignal): AsyncGenerator<TurnEvent, Reply> {
    const { route, session } = ground;
    const request = this.#chatRequest(ground);
    const question = { route, request, speaker: this.#speaker, limits: toSessionLimits(session) };
    const reply = new Reply();
    try {
      yield* ask(question, reply, signal);
      return reply;
    } finally {
      this.#usage = addUsage(this.#usage, reply.usage);
      if (reply.finishReason === undefined) await this.#keepPartial(ground, reply);
    }
  }

  #chatRequest({ session, route, history, transcript, tools }: Ground): ChatRequest {
    const { systemPrompt, chat } = this.#parts.settings;
    const { definitions } = tools;
    return {
      model: route.model,
      messages: buildConversation([...history, ...transcript.added], session.summary),
      tools: definitions.length === 0 ? undefined : definitions,
      systemPrompt,
      options: { ...chat, ...withoutUndefined(this.#request.options ?? {}) },
    };
  }

  #say(ground: Ground, { text, finishReason = "stop" }: Reply): Promise<Message> {
    const metadata = { model: nameOf(ground.route), finishReason };
    const draft = { role: "assistant", content: text, metadata } as const;
    return ground.transcript.append(draft, () => this.#book(ground));
  }

  /** Stores what was said before the answer broke off. Why it broke off matters more than this. */
  async #keepPartial({ transcript, route }: Ground, { text }: Reply): Promise<void> {
    if (text === "") return;
    try {
      const metadata = { model: nameOf(route), interrupted: "true" };
      await transcript.append({ role: "assistant", content: text, metadata });
    } catch (error) {
      this.#parts.logger.error("partial answer lost", { ...this.#speaker, error });
    }
  }

  /** Runs the tools that a reply asks for, all at once; results are kept in the order of the calls. */
  async *#runTools(
    ground: Ground,
    reply: Reply,
    signal: AbortSignal,
  ): AsyncGenerator<TurnEvent, void> {
    const calls = normaliseCalls(reply.calls, this.#parts.newId);
    const metadata = { model: nameOf(ground.route), ...toMetadata(calls) };
    await ground.transcript.append({ role: "assistant", content: reply.text, metadata });
    const refusals = await this.#reserve(ground, calls.length);
    for (const { id, name, arguments: text } of calls) {
      yield { type: "tool_call", id, name, arguments: text };
    }
    using stop = new LinkedController(signal);
    const runs = calls.map((call, index) =>
      ground.tools.run(call, { refusal: refusals[index], signal: stop.signal })
    );
    const ended = Promise.allSettled(runs);
    try {
      for (const run of runs) yield await this.#keepResult(ground, await run);
    } finally {
      stop.abort();
      await ended;
    }
  }

  async #keepResult(
    { transcript }: Ground,
    { id, name, content, isError }: ToolResult,
  ): Promise<TurnEvent> {
    const metadata: Record<string, string> = isError ? { isError: "true" } : {};
    await transcript.append({ role: "tool", content, toolCallId: id, toolName: name, metadata });
    return { type: "tool_result", id, name, content, isError };
  }

  /** Takes tool calls out of the session's budget before they run. */
  async #reserve(
    { stores }: Ground,
    count: number,
  ): Promise<readonly (string | undefined)[]> {
    let taken: TakenCalls | undefined;
    const updatedAt = this.#parts.now();
    await stores.sessions.changeSession(this.#speaker.sessionId, ({ toolBudget }) => {
      taken = this.#allowance.take(toolBudget, count);
      return { toolBudget: taken.budget, updatedAt };
    });
    if (taken === undefined) throw new TypeError("The store changed a session without asking how");
    this.#allowance.make(taken);
    return taken.refusals;
  }

  async *#fail(failure: AgentError): AsyncGenerator<TurnEvent, void> {
    const { code, message, retryAfterMs, cause } = failure;
    if (code === "internal") this.#parts.logger.error("turn failed", { ...this.#speaker, cause });
    await this.#settleQuietly(code, message);
    yield* this.#tellUsage();
    yield { type: "error", code, message, retryAfterMs };
  }

  *#tellUsage(): Generator<TurnEvent, void> {
    const isUsed = Object.values(this.#usage).some((tokens) => tokens > 0);
    if (isUsed) yield { type: "usage", usage: this.#usage };
  }

  async #settleQuietly(result: string, reason?: string): Promise<void> {
    try {
      await this.#settle(result, reason);
    } catch (error) {
      this.#parts.logger.error("turn not recorded", { ...this.#speaker, result, error });
    }
  }

  /** Books what the turn used and records how it ended, once. */
  async #settle(result: string, reason?: string): Promise<void> {
    if (this.#settled) return;
    this.#settled = true;
    if (this.#ground !== undefined) await this.#book(this.#ground);
    const told = reason === undefined ? {} : { reason };
    if (result === "forbidden") {
      const denied = { action: "session.access", result: "denied", details: told };
      return await record(this.#parts, this.#speaker, denied);
    }
    const model = this.#ground === undefined ? {} : { model: nameOf(this.#ground.route) };
    const details = { ...model, ...this.#usage, toolCalls: this.#allowance.made, ...told };
    await record(this.#parts, this.#speaker, { action: "turn.run", result, details });
  }

  /** Books what was used, once: together with the answer when there is one. */
  async #book({ stores, session }: Ground): Promise<void> {
    if (this.#isBooked) return;
    this.#isBooked = true;
    const now = this.#parts.now();
    await stores.sessions.changeSession(session.id, (stored) => ({
      tokenBudget: addTokens(currentBudget(stored, now), totalTokens(this.#usage)),
      updatedAt: now,
    }));
  }
}

/** Leaves out what is not said, so that it does not hide what the settings say. */
function withoutUndefined(options: ChatOptions): ChatOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
