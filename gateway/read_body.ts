// SPDX-License-Identifier: Apache-2.0

import { GatewayError } from "./errors.ts";

/**
 * Reads the JSON body of a request.
 *
 * The length is checked when it is announced, else while reading.
 *
 * @returns Undefined when there is no body.
 * @throws {GatewayError} With code `body_too_large` or `invalid_json`.
 */
export async function readJsonBody(request: Request, maxBytes: number): Promise<unknown> {
  const text = await readText(request, maxBytes);
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `Cannot read the body as JSON: ${jsonFault(cause)}`;
    throw new GatewayError("invalid_json", message, { cause });
  }
}

async function readText(request: Request, maxBytes: number): Promise<string> {
  const announced = request.headers.get("content-length");
  if (Number(announced) > maxBytes) throw await refuse(request, maxBytes);
  // A body of honest, small length is read at once: it is the way of nearly every request.
  if (announced !== null) return await request.text();
  return await readChunks(request, maxBytes);
}

async function readChunks(request: Request, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength;
    if (length > maxBytes) throw tooLarge(maxBytes);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

async function refuse(request: Request, maxBytes: number): Promise<GatewayError> {
  await request.body?.cancel().catch(() => {}); // it may be gone already
  return tooLarge(maxBytes);
}

function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError(
    "body_too_large",
    `Cannot read the body: it is longer than ${maxBytes} bytes`,
  );
}

/** The parser's own words, without the piece of the body that it quotes. */
function jsonFault(cause: unknown): string {
  const position = cause instanceof Error
    ? /at position (\d+)/.exec(cause.message)?.[1]
    : undefined;
  return position === undefined ? "it is not well-formed" : `it is not well-formed at ${position}`;
}
