// SPDX-License-Identifier: Apache-2.0

/** A vendor, in OpenAI's format, that begins every answer and never ends it. */
export interface SlowVendor extends AsyncDisposable {
  /** Where it is, with the version in the path. */
  readonly baseUrl: string;
}

/** Opens a slow vendor on a free port. Its one model is called `slow`. */
export function openSlowVendor(words: string): SlowVendor {
  const leaving = new AbortController();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    signal: leaving.signal,
    onListen() {},
  }, (request) => {
    if (request.method === "GET") return Response.json({ data: [{ id: "slow" }] });
    const chunk = { id: "1", choices: [{ index: 0, delta: { content: words } }] };
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(chunk)}\n\n`));
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  });
  return {
    baseUrl: `http://127.0.0.1:${server.addr.port}/v1`,
    async [Symbol.asyncDispose]() {
      leaving.abort();
      await server.finished;
    },
  };
}
