// SPDX-License-Identifier: Apache-2.0

/** A request as the vendor saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any -- tests look into every vendor's own format
  readonly body: any;
  /** Aborts when the client closes its connection before the answer is whole. */
  readonly signal: AbortSignal;
}

/** Something on this machine that stands where a vendor would. */
export interface VendorServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: SeenRequest[];
}

/** Serves answers on a free port of this machine. */
export function openVendorServer(
  answer: (request: SeenRequest) => Response | Promise<Response>,
): VendorServer {
  const seen: SeenRequest[] = [];
  const quiet = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(quiet, async (request) => {
    const { pathname, search } = new URL(request.url);
    const text = await request.text();
    const one: SeenRequest = {
      method: request.method,
      path: pathname + search,
      headers: request.headers,
      body: text === "" ? undefined : JSON.parse(text),
      signal: request.signal,
    };
    seen.push(one);
    return await answer(one);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/v1`,
    seen,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Answers with a recorded stream or document of this folder. */
export async function recorded(name: string, status = 200): Promise<Response> {
  const body = await Deno.readFile(new URL(name, import.meta.url));
  const type = name.endsWith(".sse") ? "text/event-stream; charset=utf-8" : "application/json";
  return new Response(body, { status, headers: { "content-type": type } });
}

/** Answers with these events and stays open until the client goes. */
export function endless(first: string): Response {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(first)),
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

/** Sends the first events of an answer to one client, then breaks the connection. */
export function openCuttingServer(events: string): AsyncDisposable & { readonly url: string } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(65_536));
    const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked";
    const size = events.length.toString(16);
    await connection.write(
      new TextEncoder().encode(`${head}\r\n\r\n${size}\r\n${events}\r\n`),
    );
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}/v1`,
    async [Symbol.asyncDispose]() {
      await served;
      listener.close();
    },
  };
}
