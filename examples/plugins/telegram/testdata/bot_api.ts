// SPDX-License-Identifier: Apache-2.0

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

type Json = Readonly<Record<string, unknown>>;

/** A call that a bot made. */
export interface BotCall {
  /** The method, such as `sendMessage`. */
  readonly method: string;
  /** What it was called with. */
  readonly parameters: Json;
  /** What it was answered with: 200, or the code of the error; 0 when the connection was cut. */
  readonly code: number;
}

/** What goes wrong with the next call of a method. */
type Fault =
  | { readonly type: "cut_before" | "cut_after" }
  | { readonly type: "error"; readonly code: number; readonly description: string }
  | { readonly type: "flood"; readonly seconds: number };

/** An answer of the Bot API that is an error. */
class ApiFailure extends Error {
  constructor(
    readonly code: number,
    description: string,
    readonly parameters: Json = {},
  ) {
    super(description);
  }
}

interface Poll {
  readonly parameters: Json;
  readonly resolve: (updates: readonly Json[]) => void;
  readonly reject: (error: ApiFailure) => void;
}

const MAX_TEXT = 4096;

/**
 * A Bot API server on this machine, for one bot: long polling with offsets and confirmation, errors,
 * flood control and what a network does.
 */
export class BotApi implements AsyncDisposable {
  /** The token of the bot. */
  readonly token = "123456:AAtestTESTtestTEST";
  /** The calls that were answered or cut, oldest first. */
  readonly calls: BotCall[] = [];
  /** How many calls came sooner than a 429 had said. */
  tooEarly = 0;
  readonly #server = createServer((request, response) => this.#serve(request, response));
  readonly #updates: Json[] = [];
  readonly #faults = new Map<string, Fault[]>();
  readonly #floodEnds = new Map<string, number>();
  #nextUpdate = 1000;
  #nextMessage = 1;
  #poll: Poll | undefined;
  #changed = Promise.withResolvers<void>();

  /** Starts a server on a free port. */
  static async open(): Promise<BotApi> {
    const api = new BotApi();
    const { promise, resolve } = Promise.withResolvers<void>();
    api.#server.listen(0, "127.0.0.1", resolve);
    await promise;
    return api;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new TypeError("It does not listen");
    return `http://127.0.0.1:${address.port}`;
  }

  /** The texts that were sent, oldest first. */
  get sent(): readonly unknown[] {
    return this.#taken("sendMessage").map(({ parameters }) => parameters.text);
  }

  /** Whether a bot waits for news. */
  get isPolled(): boolean {
    return this.#poll !== undefined;
  }

  /** The ids of the updates that no bot has confirmed. */
  get unconfirmed(): readonly unknown[] {
    return this.#updates.map(({ update_id }) => update_id);
  }

  /** Somebody writes to the bot. Gives the id of the update. */
  say(text: string, more: Json = {}): number {
    return this.update({ message: { ...this.#message(5), text, ...more } });
  }

  /** Something happens to the bot. Gives the id of the update. */
  update(content: Json): number {
    const update_id = this.#nextUpdate++;
    this.#updates.push({ update_id, ...content });
    this.#answerPoll();
    return update_id;
  }

  /** Numbers the updates anew, as Telegram does after a quiet week. */
  renumber(from: number): void {
    this.#nextUpdate = from;
  }

  /** Makes the next call of a method go wrong. */
  fail(method: string, ...faults: readonly Fault[]): void {
    this.#faults.set(method, [...this.#faults.get(method) ?? [], ...faults]);
    if (method === "getUpdates") this.idle();
  }

  /** Answers the bot that waits that nothing has happened. */
  idle(): void {
    this.#endPoll([]);
  }

  /** Cuts every connection. */
  cut(): void {
    this.#server.closeAllConnections();
  }

  /** Waits until something is so. Fails, by the test's own limit, when it never is. */
  async until(isSo: (api: BotApi) => boolean): Promise<void> {
    while (!isSo(this)) await this.#changed.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.cut();
    await promise;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, token, method = ""] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? "") ?? [];
    const parameters = await readJson(request).catch(() => undefined);
    if (parameters === undefined) return; // Who asked has left while asking.
    const fault = this.#faults.get(method)?.shift();
    const record = (code: number) => this.#record({ method, parameters, code });
    try {
      if (fault?.type === "cut_before") return this.#cut(request, record);
      if (token !== this.token) throw new ApiFailure(401, "Unauthorized");
      this.#refuse(method, fault);
      const result = await this.#run(method, parameters, response);
      if (fault?.type === "cut_after") return this.#cut(request, record);
      answer(response, 200, { ok: true, result });
      record(200);
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      const { code, message, parameters } = error;
      answer(response, code, { ok: false, error_code: code, description: message, parameters });
      record(code);
    }
  }

  #cut(request: IncomingMessage, record: (code: number) => void): void {
    request.socket.destroy();
    record(0);
  }

  #record(call: BotCall): void {
    this.calls.push(call);
    this.#notify();
  }

  #refuse(method: string, fault: Fault | undefined): void {
    const now = performance.now();
    if (fault?.type === "error") throw new ApiFailure(fault.code, fault.description);
    if (fault?.type === "flood") this.#floodEnds.set(method, now + fault.seconds * 1000);
    const restMs = (this.#floodEnds.get(method) ?? 0) - now;
    if (restMs <= 0) return;
    if (fault?.type !== "flood") this.tooEarly++;
    const retry_after = Math.ceil(restMs / 1000);
    throw new ApiFailure(429, `Too Many Requests: retry after ${retry_after}`, { retry_after });
  }

  async #run(method: string, parameters: Json, response: ServerResponse): Promise<unknown> {
    switch (method) {
      case "getMe":
        return { id: 123456, is_bot: true, first_name: "Sigil", username: "sigil_bot" };
      case "getUpdates":
        return await this.#getUpdates(parameters, response);
      case "sendMessage":
        return this.#sendMessage(parameters);
      case "sendChatAction":
        return true;
      case "getChat":
        return this.#getChat(parameters);
      default:
        throw new ApiFailure(404, "Not Found: method not found");
    }
  }

  async #getUpdates(parameters: Json, response: ServerResponse): Promise<readonly Json[]> {
    this.#poll?.reject(
      new ApiFailure(
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
      ),
    );
    const offset = Number(parameters.offset ?? 0);
    const kept = this.#updates.filter(({ update_id }) => Number(update_id) >= offset);
    this.#updates.splice(0, Infinity, ...kept);
    const { promise, resolve, reject } = Promise.withResolvers<readonly Json[]>();
    const poll = { parameters, resolve, reject };
    this.#poll = poll;
    const leave = () => this.#poll === poll && this.#endPoll([]);
    response.once("close", leave);
    const timer = setTimeout(leave, Number(parameters.timeout ?? 0) * 1000);
    this.#notify();
    this.#answerPoll();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  #answerPoll(): void {
    if (this.#poll === undefined) return;
    const { offset = 0, limit = 100 } = this.#poll.parameters;
    const due = this.#updates.filter(({ update_id }) => Number(update_id) >= Number(offset));
    if (due.length > 0) this.#endPoll(due.slice(0, Number(limit)));
  }

  #endPoll(updates: readonly Json[]): void {
    this.#poll?.resolve(updates);
    this.#poll = undefined;
    this.#notify();
  }

  #sendMessage({ chat_id, text }: Json): Json {
    if (typeof text !== "string" || text.trim() === "") {
      throw new ApiFailure(400, "Bad Request: message text is empty");
    }
    if (text.length > MAX_TEXT) throw new ApiFailure(400, "Bad Request: message is too long");
    if (Number(chat_id) === 404) throw new ApiFailure(400, "Bad Request: chat not found");
    return { ...this.#message(Number(chat_id)), text };
  }

  #getChat({ chat_id }: Json): Json {
    if (Number(chat_id) === 404) throw new ApiFailure(400, "Bad Request: chat not found");
    return { id: Number(chat_id), type: "private", first_name: "Ada", last_name: "Example" };
  }

  #message(chatId: number): Json {
    return {
      message_id: this.#nextMessage++,
      date: 1_700_000_000,
      chat: { id: chatId, type: "private", first_name: "Ada" },
      from: { id: 5, is_bot: false, first_name: "Ada", last_name: "Example" },
    };
  }

  #taken(method: string): readonly BotCall[] {
    return this.calls.filter((call) => call.method === method && call.code === 200);
  }

  #notify(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }
}

async function readJson(request: IncomingMessage): Promise<Json> {
  let text = "";
  for await (const part of request.setEncoding("utf8")) text += part;
  return text === "" ? {} : JSON.parse(text);
}

function answer(response: ServerResponse, code: number, body: Json): void {
  response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
}
