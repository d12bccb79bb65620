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

const PIECE = 97;

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

/** Answers with a recorded document, or a recorded stream in pieces, of this folder. */
export async function recorded(name: string): Promise<Response> {
  const bytes = await Deno.readFile(new URL(name, import.meta.url));
  if (!name.endsWith(".sse")) {
    return new Response(bytes, { headers: { "content-type": "application/json" } });
  }
  const headers = { "content-type": "text/event-stream; charset=utf-8" };
  return new Response(inPieces(bytes), { headers });
}

/** Cuts where no event ends, and in the middle of letters: the network does, too. */
function inPieces(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let from = 0;
  return new ReadableStream({
    pull(controller) {
      if (from >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(from, from += PIECE));
    },
  }, { highWaterMark: 0 });
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
