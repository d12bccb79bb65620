// SPDX-License-Identifier: Apache-2.0

/** What was asked of the endpoint. */
export interface Asked {
  /** The method and the path. */
  readonly what: string;
  /** The bearer token. */
  readonly key: string | undefined;
  /** The body, parsed. */
  readonly body: unknown;
}

/** An OpenAI-compatible endpoint on this machine that answers as a test tells it to. */
export class Endpoint implements AsyncDisposable {
  /** What was asked, oldest first. */
  readonly asked: Asked[] = [];
  /** What the next chats are answered with. */
  readonly answers: Response[] = [];
  /** Resolves when somebody leaves before an answer that never ends has ended. */
  readonly left: Promise<void>;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #left = Promise.withResolvers<void>();

  constructor() {
    this.left = this.#left.promise;
    const options = { hostname: "127.0.0.1", port: 0, onListen() {} } as const;
    this.#server = Deno.serve(options, (request) => this.#answer(request));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/v1`;
  }

  /** An answer that begins, and then goes on with nothing but comments. */
  endless(...parts: readonly unknown[]): Response {
    const encoder = new TextEncoder();
    const waiting = parts.map((part) => `data: ${JSON.stringify(part)}\n\n`);
    return eventStream(
      new ReadableStream({
        pull: (controller) => controller.enqueue(encoder.encode(waiting.shift() ?? ": wait\n\n")),
        cancel: () => this.#left.resolve(),
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const what = `${request.method} ${new URL(request.url).pathname}`;
    const key = request.headers.get("authorization")?.replace(/^Bearer /, "");
    const text = await request.text();
    this.asked.push({ what, key, body: text === "" ? undefined : JSON.parse(text) });
    if (key === "wrong") {
      return Response.json({ error: { message: "No such key" } }, { status: 401 });
    }
    if (what === "GET /v1/models") {
      return Response.json({ object: "list", data: [{ id: "small" }, { id: "large" }] });
    }
    return this.answers.shift() ?? new Response("Not found", { status: 404 });
  }
}

/** An answer as a stream of events, whole with its end. */
export function streamed(...parts: readonly unknown[]): Response {
  return brokenOff(...parts, "[DONE]");
}

/** An answer as a stream of events that just stops. Each event comes byte by byte. */
export function brokenOff(...parts: readonly unknown[]): Response {
  const text = parts.map((part) => typeof part === "string" ? part : JSON.stringify(part))
    .map((data) => `data: ${data}\n\n`).join("");
  const bytes = new TextEncoder().encode(text);
  return eventStream(ReadableStream.from(Array.from(bytes, (byte) => new Uint8Array([byte]))));
}

function eventStream(body: ReadableStream<Uint8Array>): Response {
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}
