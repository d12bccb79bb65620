// SPDX-License-Identifier: Apache-2.0

import type { ChatEvent, ChatRequest, Usage } from "../chat.ts";
import { GuardError } from "../vendor_call/guard_error.ts";
import type { GuardedBody, GuardedCall } from "../vendor_call/guarded_call.ts";
import { parseJson } from "../vendor_call/parse_json.ts";
import { statusError } from "../vendor_call/status_error.ts";
import type { VendorAnswer, VendorEmbedder, VendorModels } from "../vendor_call/vendor_models.ts";
import { AnswerReader } from "./answer_reader.ts";
import { toChatBody } from "./chat_body.ts";
import { EventGroups } from "./event_groups.ts";
import { EventReader } from "./event_reader.ts";
import { readChunk, readEmbeddings } from "./schemas.ts";

/** How long the body of an answer may stay open after its last event, in milliseconds. */
const END_MS = 50;

const MAX_EMBEDDINGS_PER_CALL = 2048;

/** Where an endpoint is, and what it asks for. */
export interface EndpointSettings {
  /** Where it is, with the version in the path and without a slash at the end. */
  readonly baseUrl: string;
  /** The key, if it has one. */
  readonly apiKey: string | undefined;
}

/** Opens the models of an endpoint that speaks OpenAI's chat format. */
export function openEndpoint({ baseUrl, apiKey }: EndpointSettings): VendorModels {
  const headers = {
    "content-type": "application/json",
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
  };
  const post = (path: string): Post => async (call, body) => {
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const response = await call.ask(`${baseUrl}${path}`, init);
    if (response.ok) return call.open(response);
    throw await statusError(response, call);
  };
  const [postChat, postTexts] = [post("/chat/completions"), post("/embeddings")];
  return {
    answer: (request, call) => new EndpointAnswer(request, call, postChat),
    embedder: (model, call) => embedder(model, call, postTexts),
  };
}

/** Sends something, and gives the body of the answer. */
type Post = (call: GuardedCall, body: unknown) => Promise<GuardedBody>;

/** One answer of an endpoint. */
class EndpointAnswer implements VendorAnswer {
  readonly #reader = new AnswerReader();
  readonly #request: ChatRequest;
  readonly #call: GuardedCall;
  readonly #post: Post;

  constructor(request: ChatRequest, call: GuardedCall, post: Post) {
    this.#request = request;
    this.#call = call;
    this.#post = post;
  }

  get usage(): Usage | undefined {
    return this.#reader.usage;
  }

  batches(): AsyncGenerator<readonly ChatEvent[]> {
    return this.#request.options?.stream === false ? this.#whole() : this.#stream();
  }

  async *#whole(): AsyncGenerator<readonly ChatEvent[]> {
    const body = await this.#post(this.#call, toChatBody(this.#request));
    const events: ChatEvent[] = [];
    this.#reader.takeWhole(await body.text(), events);
    yield events;
  }

  async *#stream(): AsyncGenerator<readonly ChatEvent[]> {
    const body = await this.#post(this.#call, toChatBody(this.#request));
    const lines = new EventReader();
    const groups = new EventGroups(body, (piece, events) => this.#take(piece, lines, events));
    try {
      while (!groups.isOver) {
        const events = await groups.next();
        if (groups.isOver) return yield* lastOf(events, body);
        yield events;
      }
    } finally {
      groups.close();
    }
  }

  #take(piece: Uint8Array | undefined, lines: EventReader, events: ChatEvent[]): boolean {
    if (piece === undefined) this.#end(lines, events);
    else this.#reader.take(lines.push(piece), events);
    return this.#reader.isWhole;
  }

  #end(lines: EventReader, events: ChatEvent[]): void {
    try {
      this.#reader.take(lines.end(), events);
    } catch (error) {
      // Half an event is what a cut leaves behind.
      if (!(error instanceof GuardError)) throw error;
    }
    if (this.#reader.isWhole) return;
    try {
      this.#reader.end(events);
    } catch (error) {
      if (lines.stray !== "") readChunk(parseJson(lines.stray)); // throws what it tells
      throw error;
    }
  }
}

/** Gives the last events, and meanwhile reads to the end: a body that is whole leaves its connection to the next call. */
async function* lastOf(
  events: readonly ChatEvent[],
  body: GuardedBody,
): AsyncGenerator<readonly ChatEvent[]> {
  const rest = body.readRest();
  try {
    yield events;
  } finally {
    if (!body.isWhole) {
      const timer = setTimeout(() => body.cancel(undefined), END_MS);
      await rest;
      clearTimeout(timer);
    }
  }
}

function embedder(model: string, call: GuardedCall, post: Post): VendorEmbedder {
  return {
    maxEmbeddingsPerCall: MAX_EMBEDDINGS_PER_CALL,
    async doEmbed({ values }) {
      const body = await post(call, { model, input: values, encoding_format: "float" });
      const { data, usage } = readEmbeddings(parseJson(await body.text()));
      const embeddings = data.map(({ embedding }) => embedding);
      return { embeddings, usage: usage ? { tokens: usage.prompt_tokens } : undefined };
    },
  };
}
