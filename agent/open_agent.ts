// SPDX-License-Identifier: Apache-2.0

import type { Speaker } from "./_access.ts";
import { AgentError } from "./errors.ts";
import { toAgentError } from "./_failure.ts";
import { Lanes } from "./lanes.ts";
import type { AgentOptions, AgentSettings } from "./options.ts";
import { type Parts, resolveOptions, resolveSettings } from "./_parts.ts";
import { recoverOnce } from "./_recovery.ts";
import { RollOver } from "./_roll_over.ts";
import { excerpt } from "./_text.ts";
import type { Agent, EarlierMessage, TurnEvent, TurnOptions, TurnRequest } from "./turn.ts";
import { TurnRun } from "./_turn_run.ts";
import { TurnStream } from "./_turn_stream.ts";

/** How long an id may be, in characters. */
const MAX_ID = 512;

/**
 * Opens an agent over the stores, the providers and the tools that it is given. They stay the caller's
 * to close, after the agent.
 *
 * Requires no permission of its own.
 *
 * @throws {TypeError} When there is no audit sink: an agent that leaves no record does not run.
 * @throws {RangeError} When a number of the settings is out of range.
 *
 * @example Usage
 * ```ts
 * import { memoryTools, openAgent } from "@sigil/agent";
 * import { createRouter } from "@sigil/provider";
 * import { openLocalProvider } from "@sigil/provider/local";
 * import { openGatewayStore, openWorkspaceStores } from "@sigil/store";
 *
 * await using gateway = await openGatewayStore({ backend: "inmem" }, "unused");
 * await using stores = await openWorkspaceStores({ backend: "inmem" }, "unused");
 * await using router = createRouter({
 *   providers: [openLocalProvider()],
 *   default: "local/recall",
 * });
 * const openWorkspace = async () => stores;
 * const tools = memoryTools({ openWorkspace });
 * await using agent = openAgent({
 *   openWorkspace,
 *   router,
 *   audit: gateway.auditLog,
 *   tools: () => tools,
 * });
 *
 * const said = { workspaceId: "home", userId: "ann", sessionId: "s1" };
 * for await (const event of agent.turn({ ...said, content: "My cat is called Miso." })) {
 *   if (event.type === "error") throw new Error(event.message);
 * }
 * for await (const event of agent.turn({ ...said, content: "What is my cat called?" })) {
 *   if (event.type === "done") event.content; // On 3 May 2026 you said: “My cat is called Miso.” …
 * }
 * ```
 */
export function openAgent(options: AgentOptions): Agent {
  return new LaneAgent(resolveOptions(options));
}

/** Runs every turn in the lane of its session. */
class LaneAgent implements Agent {
  #parts: Parts;
  readonly #lanes = new Lanes();
  /** Turns under way, and roll-overs. */
  readonly #work = new Set<Promise<void>>();
  #closed = false;

  constructor(parts: Parts) {
    this.#parts = { ...parts, openWorkspace: recoverOnce(parts) };
  }

  turn(request: TurnRequest, options: TurnOptions = {}): AsyncIterable<TurnEvent> {
    return new TurnStream((signal) => this.#turn(request, signal), options.signal);
  }

  configure(settings: AgentSettings): void {
    this.#parts = { ...this.#parts, settings: resolveSettings(settings) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *#turn(request: TurnRequest, signal: AbortSignal): AsyncGenerator<TurnEvent, void> {
    const refusal = this.#refuse(request);
    if (refusal !== undefined) {
      yield refusal;
      return;
    }
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    this.#track(ended);
    try {
      const { workspaceId, userId, sessionId = this.#parts.newId() } = request;
      const speaker = { workspaceId, userId, sessionId };
      // the user is part of the lane, so that nobody can hold up the sessions of another
      const lane = await this.#lanes.acquire(JSON.stringify(speaker), { signal });
      const run = new TurnRun(this.#parts, request, speaker);
      try {
        yield* run.events(signal);
      } finally {
        this.#track(this.#rollOver(run, speaker).finally(lane.release));
      }
    } finally {
      end();
    }
  }

  /** Never rejects: the turn is over, and what overflows is tried again after the next one. */
  async #rollOver({ stores, mayOverflow }: TurnRun, speaker: Speaker): Promise<void> {
    if (stores === undefined || !mayOverflow) return;
    try {
      await new RollOver(this.#parts, speaker, stores).run();
    } catch (error) {
      this.#parts.logger.error("roll-over failed", { ...speaker, error });
    }
  }

  #refuse(request: TurnRequest): TurnEvent | undefined {
    try {
      if (this.#closed) {
        throw new AgentError("unavailable", "Cannot run a turn: the agent is closed");
      }
      checkRequest(request);
    } catch (error) {
      const { code, message } = toAgentError(error);
      return { type: "error", code, message };
    }
  }

  #track(work: Promise<void>): void {
    this.#work.add(work);
    work.finally(() => this.#work.delete(work));
  }
}

function checkRequest(request: TurnRequest): void {
  const { workspaceId, userId, sessionId, content, history = [] } = request;
  checkId("workspaceId", workspaceId);
  checkId("userId", userId);
  if (sessionId !== undefined) checkId("sessionId", sessionId);
  checkContent(content);
  if (history.every(isEarlierMessage)) return;
  const message = "Cannot run a turn: its history holds something other than words of two sides";
  throw new AgentError("invalid_input", message);
}

function isEarlierMessage({ role, content }: EarlierMessage): boolean {
  return (role === "user" || role === "assistant") && typeof content === "string";
}

function checkContent(content: unknown): void {
  const refuse = (why: string) =>
    new AgentError("invalid_input", `Cannot run a turn: the message ${why}`);
  if (typeof content !== "string" || content.trim() === "") throw refuse("is empty");
  if (!content.isWellFormed()) throw refuse("holds a lone surrogate, which is no character");
  if (content.includes("\0")) throw refuse("holds NUL, which cannot be stored");
}

function checkId(name: string, id: unknown): void {
  if (typeof id === "string" && id !== "" && id.length <= MAX_ID) return;
  const shown = typeof id === "string" ? `"${excerpt(id, 50)}"` : typeof id;
  throw new AgentError(
    "invalid_input",
    `Cannot run a turn: ${name} is ${shown}, not a text of 1 to ${MAX_ID} characters`,
  );
}
