// SPDX-License-Identifier: Apache-2.0

type Page = (request: Request) => Response | Promise<Response>;

/** A site on this machine, which knows who asked and who left. */
export class Site implements AsyncDisposable {
  /** The paths that were asked for. */
  readonly requests: string[] = [];
  /** Where `/elsewhere` leads. */
  elsewhere = "";
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #asked = new Map<string, PromiseWithResolvers<void>>();
  readonly #left = new Map<string, PromiseWithResolvers<void>>();

  constructor() {
    const options = { hostname: "127.0.0.1", port: 0, onListen() {} } as const;
    this.#server = Deno.serve(options, (request) => this.#answer(request));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Resolves when somebody asks for a page. */
  asked(path: string): Promise<void> {
    return event(this.#asked, path).promise;
  }

  /** Resolves when somebody leaves a page before its end. */
  left(path: string): Promise<void> {
    return event(this.#left, path).promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    this.requests.push(pathname);
    event(this.#asked, pathname).resolve();
    return await this.#pages[pathname]?.(request) ??
      new Response("Nothing here", { status: 404 });
  }

  readonly #pages: Readonly<Record<string, Page>> = {
    "/": () =>
      new Response(
        "<style>p{}</style><h1>Hello</h1><p>A <a href='/x'>page</a> &amp; more<img src=x></p>",
        { headers: { "content-type": "text/html; charset=utf-8" } },
      ),
    "/data.json": () => Response.json({ a: 1 }),
    "/latin1": () =>
      new Response(new Uint8Array([0xc5, 0x62, 0x6f]), {
        headers: { "content-type": "text/plain; charset=iso-8859-1" },
      }),
    "/odd-charset": () =>
      new Response("plain", { headers: { "content-type": "text/plain; charset=klingon" } }),
    "/image": () => new Response("", { headers: { "content-type": "image/png" } }),
    "/moved": () => new Response(null, { status: 301, headers: { location: "/" } }),
    "/loop": () => new Response(null, { status: 302, headers: { location: "loop" } }),
    "/elsewhere": () => new Response(null, { status: 302, headers: { location: this.elsewhere } }),
    "/endless": () => {
      const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
        controller.enqueue(A_PART);
      };
      const cancel = () => event(this.#left, "/endless").resolve();
      return new Response(new ReadableStream({ pull, cancel }), {
        headers: { "content-type": "text/plain" },
      });
    },
    "/silent": async ({ signal }) => {
      const { promise, resolve } = event(this.#left, "/silent");
      signal.addEventListener("abort", () => resolve(), { once: true });
      await promise;
      return new Response();
    },
  };
}

const A_PART: Uint8Array = new TextEncoder().encode("aaa");

function event(
  events: Map<string, PromiseWithResolvers<void>>,
  path: string,
): PromiseWithResolvers<void> {
  const found = events.get(path) ?? Promise.withResolvers<void>();
  events.set(path, found);
  return found;
}
