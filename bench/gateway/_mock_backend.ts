// SPDX-License-Identifier: Apache-2.0
// deno-lint-ignore-file no-console -- it tells its port

/**
 * An OpenAI-compatible backend that answers at once: `deno run --allow-net _mock_backend.ts`.
 *
 * It writes HTTP by hand, from bytes made once, so that the gateways before it are the limit and not
 * itself. Every answer has the same size; each chunk of a stream is written on its own.
 */

import { indexOfBytes, RequestReader } from "./_wire.ts";

/** The first word of every answer, which nothing else in a response contains. */
export const FIRST_WORD = "Aurora";

/** How many pieces of text a stream has. */
export const STREAM_CHUNKS = 20;

const ENCODER = new TextEncoder();
const STREAMS = ENCODER.encode('"stream":true');
const WORDS = [
  FIRST_WORD,
  ..." light needs charged wind, a magnetic field and thin air".split(/(?= )/),
];
const PIECES = Array.from(
  { length: STREAM_CHUNKS },
  (_, index) => WORDS[index % 11] ?? " and",
);
const USAGE = {
  prompt_tokens: 40,
  completion_tokens: STREAM_CHUNKS,
  total_tokens: 60,
};
const HEAD = { id: "chatcmpl-1", created: 1_700_000_000, model: "mock" };

const WHOLE = wholeAnswer();
const STREAM = streamedAnswer();

if (import.meta.main) await serve();

async function serve(): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  console.log(listener.addr.port);
  for await (const connection of listener) {
    connection.setNoDelay(true);
    answerAll(connection).catch(() => {}).finally(() => connection.close());
  }
}

/** Answers the requests of one connection, one after another. */
async function answerAll(connection: Deno.TcpConn): Promise<void> {
  const reader = new RequestReader(connection);
  for (
    let body = await reader.next();
    body !== undefined;
    body = await reader.next()
  ) {
    if (indexOfBytes(body, STREAMS) === -1) await writeAll(connection, WHOLE);
    else for (const piece of STREAM) await writeAll(connection, piece);
  }
}

async function writeAll(
  connection: Deno.TcpConn,
  bytes: Uint8Array,
): Promise<void> {
  let written = await connection.write(bytes);
  while (written < bytes.length) {
    written += await connection.write(bytes.subarray(written));
  }
}

function wholeAnswer(): Uint8Array {
  const message = { role: "assistant", content: PIECES.join("") };
  const choices = [{
    index: 0,
    message,
    logprobs: null,
    finish_reason: "stop",
  }];
  const body = JSON.stringify({
    ...HEAD,
    object: "chat.completion",
    choices,
    usage: USAGE,
  });
  return ENCODER.encode(
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" +
      `content-length: ${body.length}\r\n\r\n${body}`,
  );
}

function streamedAnswer(): readonly Uint8Array[] {
  const events = [
    chunk({ role: "assistant", content: "" }),
    ...PIECES.map((content) => chunk({ content })),
    chunk({}, "stop"),
    JSON.stringify({
      ...HEAD,
      object: "chat.completion.chunk",
      choices: [],
      usage: USAGE,
    }),
    "[DONE]",
  ];
  const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n" +
    "transfer-encoding: chunked\r\n\r\n";
  const frames = events.map((event) => frame(`data: ${event}\n\n`));
  return [head + frames[0], ...frames.slice(1, -1), `${frames.at(-1)}0\r\n\r\n`]
    .map((text) => ENCODER.encode(text));
}

function chunk(
  delta: Readonly<Record<string, string>>,
  finishReason: string | null = null,
): string {
  const choices = [{
    index: 0,
    delta,
    logprobs: null,
    finish_reason: finishReason,
  }];
  return JSON.stringify({ ...HEAD, object: "chat.completion.chunk", choices });
}

function frame(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}
