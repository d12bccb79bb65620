// SPDX-License-Identifier: Apache-2.0

import type { z } from "zod";
import { GatewayError } from "../errors.ts";
import { problem, turnEvent } from "../rest/schemas.ts";
import { readEventStream } from "../read_event_stream.ts";
import { nextStepFor } from "./next_step.ts";

/** An event of a turn, as it is sent. */
export type WireTurnEvent = z.output<typeof turnEvent>;

/** What is said to the agent, and where. */
export interface ChatInput {
  /** What is said. */
  readonly content: string;
  /** The workspace. */
  readonly workspace?: string | undefined;
  /** The session. */
  readonly session?: string | undefined;
  /** The model. */
  readonly model?: string | undefined;
}

/** Sends a request to a gateway, with its token. */
export type Send = (path: string, init: RequestInit) => Promise<Response>;

/** How often a stream that broke is resumed before it is given up. */
const MAX_RESUMES = 5;

/** Asks a gateway, be it a running one or one in this process. */
export class GatewayClient implements AsyncDisposable {
  /** Where the gateway is; undefined when it is in this process. */
  readonly url: string | undefined;
  readonly #send: Send;
  readonly #close: () => Promise<void>;

  /** Makes a client that sends requests that way, and closes what it used. */
  constructor(url: string | undefined, send: Send, close: () => Promise<void> = async () => {}) {
    this.url = url;
    this.#send = send;
    this.#close = close;
  }

  /** Gets something of a known shape. */
  async get<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> {
    return schema.parse(await (await this.#ask("GET", path)).json());
  }

  /** Sends something, and reads an answer of a known shape. */
  async send<T extends z.ZodType>(
    method: "POST" | "PATCH",
    path: string,
    body: unknown,
    schema: T,
  ): Promise<z.output<T>> {
    return schema.parse(await (await this.#ask(method, path, body)).json());
  }

  /** Removes something. */
  async delete(path: string): Promise<void> {
    await (await this.#ask("DELETE", path)).body?.cancel();
  }

  /**
   * Talks to the agent. A stream that breaks is resumed. When the signal aborts, the turn is taken back.
   *
   * @throws {GatewayError} When there is no answer; or the reason of the signal.
   */
  async *chat(input: ChatInput, signal: AbortSignal): AsyncGenerator<WireTurnEvent, void, void> {
    let turnId = "";
    let lastEventId = "";
    const takeBack = () => turnId === "" ? undefined : this.#takeBack(turnId);
    signal.addEventListener("abort", takeBack, { once: true });
    try {
      for (let attempt = 0; attempt <= MAX_RESUMES; attempt++) {
        const response = await this.#openStream(input, lastEventId, signal);
        turnId = response.headers.get("x-sigil-turn") ?? "";
        for await (const { id, event } of readTurn(response, signal)) {
          lastEventId = id || lastEventId;
          yield event;
          if (event.type === "done" || event.type === "error") return;
        }
      }
    } finally {
      signal.removeEventListener("abort", takeBack);
    }
    throw new GatewayError(
      "unreachable",
      "Cannot read the answer: its stream breaks again and again",
    );
  }

  /** Closes what was opened for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #openStream(input: ChatInput, lastEventId: string, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = lastEventId === ""
      ? {}
      : { "last-event-id": lastEventId };
    return await this.#ask("POST", "/api/v1/chat", input, { headers, signal });
  }

  async #takeBack(turnId: string): Promise<void> {
    try {
      await this.delete(`/api/v1/turns/${turnId}`);
    } catch {
      // The turn is over already, or the gateway is: either way it does not go on.
    }
  }

  async #ask(
    method: string,
    path: string,
    body?: unknown,
    init: RequestInit = {},
  ): Promise<Response> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await this.#trySend(path, { ...init, method, ...sent });
    if (response.ok) return response;
    throw await toError(response);
  }

  async #trySend(path: string, init: RequestInit): Promise<Response> {
    try {
      return await this.#send(path, init);
    } catch (cause) {
      init.signal?.throwIfAborted();
      throw new GatewayError("unreachable", `Cannot reach the gateway at ${this.url}`, {
        nextStep: "See whether it still runs with sigil status",
        cause,
      });
    }
  }
}

/** Reads a turn's events until its stream ends or breaks. */
async function* readTurn(
  response: Response,
  signal: AbortSignal,
): AsyncGenerator<{ readonly id: string; readonly event: WireTurnEvent }, void, void> {
  if (response.body === null) return;
  try {
    for await (const { id, data } of readEventStream(response.body)) {
      yield { id, event: turnEvent.parse(JSON.parse(data)) };
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof TypeError)) throw error; // a broken stream is a TypeError
  }
}

async function toError(response: Response): Promise<GatewayError> {
  const parsed = problem.safeParse(await response.json().catch(() => undefined));
  const { status } = response;
  if (!parsed.success) {
    const message = `Cannot read the answer of the gateway: status ${status}`;
    return new GatewayError("unreachable", message, { nextStep: NEXT_STEPS[status] });
  }
  const { detail, code } = parsed.data;
  const nextStep = parsed.data.nextStep ?? nextStepFor(code) ?? NEXT_STEPS[status];
  return new GatewayError("unreachable", detail, { nextStep });
}

const NEXT_STEPS: Readonly<Record<number, string>> = {
  401: "The token of the data directory is not that of the gateway: name its directory with --data",
  429: "Wait a moment and try again",
};
