// SPDX-License-Identifier: Apache-2.0

import type { ChatEvent, ChatRequest, FinishReason, Usage } from "./chat.ts";
import { ProviderError } from "./errors.ts";
import { openBatches } from "./open_batches.ts";
import { findModelFacts } from "./prices.ts";
import type {
  CallOptions,
  EmbedRequest,
  EmbedResult,
  ModelCallOptions,
  ModelInfo,
  Provider,
  ProviderStatus,
} from "./provider.ts";
import type { Attempt } from "./router.ts";
import { estimateRequestTokens, estimateTokens } from "./tokens.ts";
import {
  CallAccount,
  type CallFacts,
  type Candidate,
  type RoutingContext,
  tellRefusal,
} from "./_call_account.ts";
import { countableUsage } from "./_countable_usage.ts";
import type { Cooldown, Permit } from "./_health.ts";

export type { Candidate, RoutingContext } from "./_call_account.ts";

type ErrorEvent = Extract<ChatEvent, { type: "error" }>;

/** A way through the router. */
export interface RoutePlan {
  readonly workspaceId: string;
  readonly first: Candidate;
  /** The chain after the first, as it is when a call begins. */
  readonly rest: () => readonly Candidate[];
  readonly context: RoutingContext;
}

/** A provider that fails over, keeps to the budgets and is measured. Closing it does nothing. */
export class RoutedProvider implements Provider {
  readonly name: string;
  readonly embed?: NonNullable<Provider["embed"]>;
  readonly #plan: RoutePlan;

  constructor(plan: RoutePlan) {
    this.#plan = plan;
    this.name = plan.first.providerName;
    const { provider } = plan.first;
    if (provider.embed === undefined) return;
    const embed = provider.embed.bind(provider);
    this.embed = (request, options = {}) => this.#embed(embed, request, options);
  }

  async available(options: CallOptions = {}): Promise<boolean> {
    const { health, provider } = this.#plan.first;
    return health.waitMs === 0 && await provider.available(options);
  }

  listModels(options: CallOptions = {}): Promise<readonly ModelInfo[]> {
    return this.#plan.first.provider.listModels(options);
  }

  status(options: CallOptions = {}): Promise<ProviderStatus> {
    return this.#plan.first.provider.status(options);
  }

  async *chat(request: ChatRequest, options: ModelCallOptions = {}): AsyncGenerator<ChatEvent> {
    for await (const events of this.chatBatches(request, options)) yield* events;
  }

  async *chatBatches(
    request: ChatRequest,
    options: ModelCallOptions = {},
  ): AsyncGenerator<readonly ChatEvent[]> {
    const failures: FailedAttempt[] = [];
    const inputTokens = estimateRequestTokens(request);
    for (const [index, candidate] of this.#candidates(request.model).entries()) {
      options.signal?.throwIfAborted();
      const last = failures.at(-1);
      if (last !== undefined && !isWorthAsking(candidate, last.candidate, last.error)) continue;
      const facts = this.#facts(candidate, index + 1, options, inputTokens);
      const opened = this.#open(facts, request.options?.maxTokens);
      if (!(opened instanceof CallAccount)) {
        failures.push({ candidate, error: opened });
        continue;
      }
      const answer = new Answer(facts, candidate.health.permit(candidate.model), opened);
      try {
        for await (const events of answer.ask(request)) {
          const shown = answer.take(events);
          if (shown.length > 0) yield shown;
          if (answer.isOver) break;
        }
        if (!answer.isOver) yield* answer.fail("invalid_response", "its answer has no end");
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!answer.isOver) yield* answer.failWith(error); // after its end nothing can go wrong
      } finally {
        answer.close();
      }
      if (answer.unseenError === undefined) return;
      failures.push({ candidate, error: answer.unseenError });
    }
    yield [summarize(failures)];
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  #candidates(model: string): readonly Candidate[] {
    const { first, rest } = this.#plan;
    return [{ ...first, model, name: `${first.providerName}/${model}` }, ...rest()];
  }

  #facts(
    candidate: Candidate,
    number: number,
    options: ModelCallOptions,
    inputTokens: number,
  ): CallFacts {
    return { candidate, number, options, inputTokens, workspaceId: this.#plan.workspaceId };
  }

  /** Gives the account of the attempt, or why it is not made. */
  #open(facts: CallFacts, wantedTokens: number | undefined): CallAccount | ErrorEvent {
    const { candidate } = facts;
    const cooldown = candidate.health.cooldown(candidate.model);
    if (cooldown !== undefined) {
      tellRefusal(this.#plan.context, facts, "unavailable");
      return coolingDown(candidate, cooldown, this.#plan.context.now());
    }
    try {
      return new CallAccount(this.#plan.context, facts, wantedTokens);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      tellRefusal(this.#plan.context, facts, error.code);
      return toErrorEvent(error);
    }
  }

  /** Never fails over: vectors of two models cannot be compared. */
  async #embed(
    embed: NonNullable<Provider["embed"]>,
    request: EmbedRequest,
    options: ModelCallOptions,
  ): Promise<EmbedResult> {
    const [candidate = this.#plan.first] = this.#candidates(request.model);
    const inputTokens = request.texts.reduce((sum, text) => sum + estimateTokens(text), 0);
    const opened = this.#open(this.#facts(candidate, 1, options, inputTokens), 0);
    if (!(opened instanceof CallAccount)) {
      const { code, message, retryAfterMs } = opened;
      throw new ProviderError(code, message, { provider: this.name, retryAfterMs });
    }
    const permit = candidate.health.permit(candidate.model);
    let outcome: Attempt["outcome"] = "aborted";
    let usage = NOTHING;
    try {
      const result = await embed(request, options);
      usage = countableUsage(result.usage);
      outcome = "answered";
      permit.succeeded(opened.durationMs);
      return { ...result, usage };
    } catch (error) {
      options.signal?.throwIfAborted();
      const failure = toErrorEvent(error);
      outcome = failure.code;
      permit.failed(failure);
      throw error;
    } finally {
      if (outcome === "aborted") permit.dropped();
      opened.close(outcome, usage, false);
    }
  }
}

const NOTHING: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
};

interface FailedAttempt {
  readonly candidate: Candidate;
  readonly error: ErrorEvent;
}

/** One answer as it comes: held back until its first text or tool call, counted, then passed on. */
class Answer {
  /** Why it failed, if nothing of it was passed on. */
  unseenError: ErrorEvent | undefined;
  isOver = false;
  readonly #facts: CallFacts;
  readonly #permit: Permit;
  readonly #account: CallAccount;
  #outcome: Attempt["outcome"] = "aborted";
  #begun = false;
  #latencyMs = 0;
  #held: ChatEvent[] = [];
  #text = "";
  #usage: Usage | undefined;

  constructor(facts: CallFacts, permit: Permit, account: CallAccount) {
    this.#facts = facts;
    this.#permit = permit;
    this.#account = account;
  }

  /** Asks the model for it. */
  ask(request: ChatRequest): AsyncIterable<readonly ChatEvent[]> {
    const { candidate: { model, provider }, options } = this.#facts;
    const limited = { ...request.options, maxTokens: this.#account.maxOutputTokens };
    return openBatches(provider, { ...request, model, options: limited }, options);
  }

  /** Takes events, and gives those to be passed on; none after the end. */
  take(events: readonly ChatEvent[]): readonly ChatEvent[] {
    const shown: ChatEvent[] = [];
    for (const event of events) {
      if (this.isOver) break;
      this.#takeOne(event, shown);
    }
    return shown;
  }

  /** Ends it with a failure; gives a group with it if something was passed on before. */
  fail(code: ErrorEvent["code"], reason: string): readonly (readonly ChatEvent[])[] {
    return this.#failed({ type: "error", code, message: this.#messageOf(reason) });
  }

  /** Ends it with what was thrown; else the same as {@linkcode fail}. */
  failWith(error: unknown): readonly (readonly ChatEvent[])[] {
    return this.#failed(toErrorEvent(error));
  }

  /** Settles what the answer cost, whichever way it ended. */
  close(): void {
    if (this.#outcome === "aborted") this.#permit.dropped();
    const told = this.#usage !== undefined;
    this.#account.close(this.#outcome, this.#cost(), !told);
  }

  #takeOne(event: ChatEvent, shown: ChatEvent[]): void {
    switch (event.type) {
      case "text_delta":
        if (event.text === "") return;
        this.#text += event.text;
        return this.#pass(event, shown);
      case "tool_call":
        this.#text += event.toolCall.name + event.toolCall.arguments;
        return this.#pass(event, shown);
      case "usage":
        return this.#takeUsage(countableUsage(event.usage), shown);
      case "done":
        return this.#finish(event.finishReason, shown);
      case "error":
        return this.#fail(event, shown);
      default:
        event satisfies never;
    }
  }

  #takeUsage(usage: Usage, shown: ChatEvent[]): void {
    this.#usage = usage;
    if (this.#begun) shown.push({ type: "usage", usage });
    else this.#held = [{ type: "usage", usage }];
  }

  #pass(event: ChatEvent, shown: ChatEvent[]): void {
    if (!this.#begun) {
      this.#begun = true;
      this.#latencyMs = this.#account.durationMs;
      this.#permit.answering();
      shown.push(...this.#held);
    }
    shown.push(event);
  }

  #finish(finishReason: FinishReason, shown: ChatEvent[]): void {
    const isSilent = finishReason !== "length" && finishReason !== "content_filter";
    if (!this.#begun && isSilent) {
      const message = this.#messageOf("its answer is empty");
      return this.#fail({ type: "error", code: "invalid_response", message }, shown);
    }
    if (!this.#begun) shown.push(...this.#held);
    this.isOver = true;
    this.#outcome = "answered";
    this.#permit.succeeded(this.#begun ? this.#latencyMs : this.#account.durationMs);
    shown.push({ type: "done", finishReason });
  }

  #failed(error: ErrorEvent): readonly (readonly ChatEvent[])[] {
    const shown: ChatEvent[] = [];
    this.#fail(error, shown);
    return shown.length === 0 ? [] : [shown];
  }

  #fail(error: ErrorEvent, shown: ChatEvent[]): void {
    this.isOver = true;
    this.#outcome = error.code;
    this.#permit.failed(error);
    if (this.#begun) shown.push(error);
    else this.unseenError = error;
  }

  #messageOf(reason: string): string {
    return `Cannot chat with "${this.#facts.candidate.name}": ${reason}`;
  }

  /** What the vendor told; where the answer broke off, at least what was seen of it. */
  #cost(): Usage {
    if (this.#usage !== undefined && this.#outcome === "answered") return this.#usage;
    const seen = estimateTokens(this.#text);
    if (this.#usage !== undefined) {
      return { ...this.#usage, outputTokens: Math.max(this.#usage.outputTokens, seen) };
    }
    const wasRefused = !this.#begun && this.#outcome !== "aborted" && this.#outcome !== "answered";
    if (wasRefused) return NOTHING;
    return { ...NOTHING, inputTokens: this.#facts.inputTokens, outputTokens: seen };
  }
}

/** Tells who is not asked, until when, and why: never in a vendor's words, which were for another. */
function coolingDown(
  { name, providerName }: Candidate,
  { waitMs, isOfProvider, code }: Cooldown,
  now: number,
): ErrorEvent {
  const who = isOfProvider ? `provider "${providerName}"` : "this model";
  const until = `${new Date(now + waitMs).toISOString()} (in ${Math.ceil(waitMs / 1000)} s)`;
  const why = COOLING_REASONS[code] ?? `it failed (${code})`;
  const message = `Cannot ask "${name}": ${why}; ${who} is asked again at ${until}`;
  return { type: "error", code: "unavailable", message, retryAfterMs: waitMs };
}

const COOLING_REASONS: Readonly<Partial<Record<ErrorEvent["code"], string>>> = {
  auth: "its key was refused",
  network: "it could not be reached, or its answer was cut",
  rate_limit: "it had too many requests",
  overloaded: "it could not serve the last request",
  invalid_response: "its last answer could not be read",
};

/** Whether another model may do better than the one that failed. */
function isWorthAsking(candidate: Candidate, failed: Candidate, { code }: ErrorEvent): boolean {
  if (code === "bad_request" || code === "budget") return false;
  if (code !== "context_length") return true;
  const context = findModelFacts(candidate.name)?.contextTokens ?? 0;
  return context > (findModelFacts(failed.name)?.contextTokens ?? Infinity);
}

/** One error for a chain: the first that was more than a refusal to ask, and what became of the rest. */
function summarize(failures: readonly FailedAttempt[]): ErrorEvent {
  const [first] = failures;
  if (first === undefined) throw new TypeError("A chain has at least one model");
  const main = failures.find(({ error }) => error.code !== "unavailable") ?? first;
  if (failures.length === 1) return main.error;
  const others = failures.filter((failure) => failure !== main)
    .map(({ candidate, error }) => `${candidate.name}: ${error.code}`);
  const waits = failures.flatMap(({ error }) => error.retryAfterMs ?? []);
  return {
    ...main.error,
    message: `${main.error.message}; also asked ${others.join(", ")}`,
    retryAfterMs: waits.length === failures.length ? Math.min(...waits) : main.error.retryAfterMs,
  };
}

/** A provider should not throw; when it does, the reason is kept if it is one of ours. */
function toErrorEvent(error: unknown): ErrorEvent {
  if (error instanceof ProviderError) {
    const { code, message, retryAfterMs } = error;
    return { type: "error", code, message, retryAfterMs };
  }
  return {
    type: "error",
    code: "invalid_response",
    message: "Cannot chat: the provider broke off with an error of its own",
  };
}
