// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertFalse, assertMatch, assertRejects } from "@std/assert";
import type { ChatEvent, ChatRequest } from "../chat.ts";
import { ProviderError } from "../errors.ts";
import type { Provider } from "../provider.ts";
import { collect, textOf } from "../testdata/collect.ts";
import { openProvider, type ProviderLimits, type ProviderType } from "./mod.ts";
import {
  endless,
  openCuttingServer,
  openVendorServer,
  recorded,
  type SeenRequest,
} from "./testdata/vendor_server.ts";

const KEY = "sk-live-0123456789abcdef";
const NOW = Date.UTC(2026, 10, 22, 12);
const QUESTION: ChatRequest = { model: "m", messages: [{ role: "user", content: "Hello" }] };
const DELTA = 'data: {"id":"1","choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\n';
const EVENTS = { "content-type": "text/event-stream" };
const TYPES = ["anthropic", "openai", "google", "openai-compatible"] as const;

function open(url: string, type: ProviderType, limits: ProviderLimits = {}): Provider {
  return openProvider({ name: "v", type, baseUrl: url, apiKey: KEY, limits, now: () => NOW });
}

function events(text: string): Response {
  return new Response(text, { headers: EVENTS });
}

interface Fault {
  readonly name: string;
  readonly answer: (request: SeenRequest) => Response | Promise<Response>;
  readonly code: string;
  readonly retryAfterMs?: number;
  readonly message?: RegExp;
  readonly text?: string;
  readonly limits?: ProviderLimits;
  readonly types?: readonly ProviderType[];
}

function status(code: number, body: unknown, headers: HeadersInit = {}): () => Response {
  return () => Response.json(body, { status: code, headers });
}

const FAULTS: readonly Fault[] = [
  {
    name: "429 with seconds",
    answer: status(429, { error: { message: "Slow down", type: "x" } }, { "retry-after": "7" }),
    code: "rate_limit",
    retryAfterMs: 7000,
  },
  {
    name: "429 with a date",
    answer: status(429, { error: { message: "Slow down", type: "x" } }, {
      "retry-after": new Date(NOW + 90_000).toUTCString(),
    }),
    code: "rate_limit",
    retryAfterMs: 90_000,
  },
  {
    name: "429 with Google's delay",
    answer: status(429, {
      error: {
        code: 429,
        message: "Quota",
        status: "RESOURCE_EXHAUSTED",
        details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "34.5s" }],
      },
    }),
    code: "rate_limit",
    retryAfterMs: 34_500,
    types: ["google"],
  },
  { name: "500", answer: status(500, { error: { message: "Oops" } }), code: "overloaded" },
  { name: "529", answer: status(529, {}), code: "overloaded", message: /status 529|Overloaded/ },
  { name: "503 in HTML", answer: () => new Response("<p>", { status: 503 }), code: "overloaded" },
  {
    name: "401 with the key in it",
    answer: status(401, { error: { message: `Incorrect API key: ${KEY}`, type: "auth" } }),
    code: "auth",
  },
  {
    name: "400 with the key in it",
    answer: status(400, { error: { message: `Bad header x-api-key: ${KEY}`, type: "x" } }),
    code: "bad_request",
    message: /Bad header x-api-key: \[redacted\]/,
  },
  {
    name: "400 for a wrong key",
    answer: status(400, {
      error: { code: 400, message: "API key not valid. Please pass a valid API key." },
    }),
    code: "auth",
    types: ["google"],
  },
  {
    name: "200 with an error in the place of the stream",
    answer: status(200, { error: { message: `Quota of ${KEY}`, type: "insufficient_quota" } }),
    code: "rate_limit",
    message: /"v\/m": Quota of \[redacted\]$/,
  },
  {
    name: "404",
    answer: status(404, { error: { message: "model: m", type: "not_found_error" } }),
    code: "unknown_model",
  },
  {
    name: "400 for a long conversation",
    answer: status(400, { error: { message: "prompt is too long: 210000 tokens > 200000" } }),
    code: "context_length",
  },
  {
    name: "400 for a long conversation, in OpenAI's words",
    answer: status(400, {
      error: {
        message: "Too much",
        type: "invalid_request_error",
        code: "context_length_exceeded",
      },
    }),
    code: "context_length",
    types: ["openai", "openai-compatible"],
  },
  {
    name: "a redirect",
    answer: () =>
      new Response(null, { status: 307, headers: { location: "http://127.0.0.1:1/steal" } }),
    code: "invalid_response",
    message: /redirect \(307\)/,
  },
  {
    name: "JSON that is none",
    answer: () => events("data: {nonsense\n\n"),
    code: "invalid_response",
    message: /not JSON|not its own format/,
  },
  {
    name: "JSON of another kind",
    answer: () => events('data: {"surprise":true,"choices":7,"candidates":7,"type":7}\n\n'),
    code: "invalid_response",
    message: /not its own format/,
    types: ["anthropic", "openai-compatible"],
  },
  {
    name: "HTML in the place of events",
    answer: () => new Response("<html>", { headers: { "content-type": "text/html" } }),
    code: "invalid_response",
    message: /text\/html, not text\/event-stream/,
  },
  {
    name: "an event of 10 MB",
    answer: () => events(`data: {"x":"${"a".repeat(10_000_000)}"}\n\n`),
    code: "invalid_response",
    message: /an event of more than 4194304 bytes/,
  },
  {
    name: "silence before the answer",
    answer: ({ signal }) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve(new Response()));
      }),
    limits: { responseMs: 40 },
    code: "network",
    message: /silent for 40 ms/,
  },
  {
    name: "silence in the middle",
    answer: () => endless(DELTA),
    limits: { idleMs: 40 },
    code: "network",
    text: "Hel",
    message: /silent for 40 ms/,
    types: ["openai-compatible"],
  },
  {
    name: "an end without an ending",
    answer: () => events(DELTA),
    code: "network",
    text: "Hel",
    message: /cut/,
    types: ["openai-compatible"],
  },
  { name: "nothing at all", answer: () => events(""), code: "network", message: /cut/ },
];

Deno.test("openProvider() tells what is wrong with a vendor, and never its key", async (t) => {
  for (const fault of FAULTS) {
    for (const type of fault.types ?? TYPES) {
      await t.step(`${fault.name} (${type})`, async () => {
        await using server = openVendorServer(fault.answer);
        await using provider = open(server.url, type, fault.limits);
        const got = await collect(provider.chat(QUESTION));
        const last = got.at(-1);
        assert(last?.type === "error", JSON.stringify(got));
        assertEquals(
          [last.code, last.retryAfterMs],
          [fault.code, fault.retryAfterMs],
          last.message,
        );
        assertEquals(textOf(got), fault.text ?? "");
        assertMatch(last.message, /^Cannot chat with "v\/m": [^\n]*[^.]$/);
        assertMatch(last.message, fault.message ?? /./);
        assertFalse(JSON.stringify(got).includes(KEY));
        assertEquals(server.seen.length, 1, "nothing is retried");
      });
    }
  }
});

Deno.test("openProvider() tells that a connection was cut in the middle", async () => {
  await using server = openCuttingServer(DELTA);
  await using provider = open(server.url, "openai-compatible");
  const got = await collect(provider.chat(QUESTION));
  const message = 'Cannot chat with "v/m": the connection was cut';
  assertEquals(JSON.parse(JSON.stringify(got)), [
    { type: "text_delta", text: "Hel" },
    { type: "error", code: "network", message },
  ]);
});

Deno.test("openProvider() goes on after a fault", async () => {
  const answers = [status(429, { error: { message: "Slow down" } })(), undefined];
  await using server = openVendorServer(() => answers.shift() ?? recorded("openai_chat_text.sse"));
  await using provider = open(server.url, "openai-compatible");
  const first = await collect(provider.chat(QUESTION));
  assertEquals(first.map(({ type }) => type), ["error"]);
  assertEquals(textOf(await collect(provider.chat(QUESTION))), "The sky is blue – 因为散射.");
});

Deno.test("openProvider() tells that a connection is refused, and not where to", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  for (const type of TYPES) {
    await using provider = open(`http://127.0.0.1:${port}/v1`, type);
    const got: ChatEvent[] = await collect(provider.chat(QUESTION));
    const message = 'Cannot chat with "v/m": the connection was refused';
    assertEquals(JSON.parse(JSON.stringify(got)), [{ type: "error", code: "network", message }]);
    assertFalse(await provider.available());
    const error = await assertRejects(() => provider.listModels(), ProviderError);
    assertEquals([error.code, error.message.includes("refused")], ["network", true]);
  }
});

Deno.test("chat() closes the vendor's connection", async (t) => {
  const closings = {
    "when the signal aborts": async (provider: Provider) => {
      const reason = new Error("no longer wanted");
      const abort = new AbortController();
      const error = await assertRejects(async () => {
        for await (const event of provider.chat(QUESTION, { signal: abort.signal })) {
          assertEquals(event, { type: "text_delta", text: "Hel" });
          abort.abort(reason);
        }
      });
      assertEquals(error, reason);
    },
    "when the loop is left": async (provider: Provider) => {
      for await (const event of provider.chat(QUESTION)) {
        assertEquals(event, { type: "text_delta", text: "Hel" });
        break;
      }
    },
    "when the provider is closed": async (provider: Provider) => {
      const got: ChatEvent[] = [];
      for await (const event of provider.chat(QUESTION)) {
        got.push(event);
        if (event.type === "text_delta") await provider.close();
      }
      const last = got.at(-1);
      assertEquals(last?.type === "error" && last.code, "unavailable");
    },
  };
  for (const [name, close] of Object.entries(closings)) {
    await t.step(name, async () => {
      const left = Promise.withResolvers<void>();
      await using server = openVendorServer(({ signal }) => {
        signal.addEventListener("abort", () => left.resolve());
        return endless(DELTA);
      });
      await using provider = open(server.url, "openai-compatible");
      await close(provider);
      await left.promise;
      assert(server.seen[0]?.signal.aborted);
    });
  }
});

Deno.test("chat() rejects at once with the reason of a signal that is aborted already", async () => {
  await using server = openVendorServer(() => recorded("openai_chat_text.sse"));
  await using provider = open(server.url, "openai-compatible");
  const signal = AbortSignal.abort(new Error("too late"));
  await assertRejects(() => collect(provider.chat(QUESTION, { signal })), Error, "too late");
  await assertRejects(() => provider.listModels({ signal }), Error, "too late");
  await assertRejects(() => provider.status({ signal }), Error, "too late");
  assertEquals(server.seen.length, 0);
});
