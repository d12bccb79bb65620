// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FRAME, HEADER_BYTES, MAX_MESSAGE_BYTES, writeUint32 } from "./_frame.ts";
import { FrameDecoder } from "./_frame_decoder.ts";
import { ProtocolError } from "./_protocol_error.ts";

interface TestFrame {
  readonly type: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}

Deno.test("FrameDecoder finds every frame however the bytes are cut", () => {
  const frame = fc.record({
    type: fc.constantFrom(FRAME.message, FRAME.last),
    stream: fc.nat({ max: 2 ** 32 - 1 }),
    payload: fc.uint8Array({ maxLength: 300 }),
  });
  fc.assert(fc.property(
    fc.array(frame, { maxLength: 20 }),
    fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
    (frames, sizes) => assertEquals(decode(cut(join(frames.map(encode)), sizes)), frames),
  ));
});

Deno.test("FrameDecoder takes a frame of the largest size in pieces", () => {
  const payload = new Uint8Array(MAX_MESSAGE_BYTES).fill(7);
  const frames = [{ type: FRAME.message, stream: 1, payload }];
  const [found] = decode(cut(encode({ type: FRAME.message, stream: 1, payload }), [65536]));
  assertEquals(found?.payload.length, frames[0]?.payload.length);
  assertEquals(found?.payload.every((byte) => byte === 7), true);
});

const WRONG_HEADERS = [
  { name: "a length of 4 GB", type: FRAME.message, length: 2 ** 32 - 1 },
  { name: "a message over the limit", type: FRAME.message, length: MAX_MESSAGE_BYTES + 1 },
  { name: "type 0", type: 0, length: 0 },
  { name: "an unknown type", type: 8, length: 0 },
  { name: "credit of five bytes", type: FRAME.credit, length: 5 },
  { name: "a greeting that is too long", type: FRAME.hello, length: 9 },
  { name: "a call without a name", type: FRAME.call, length: 4 },
  { name: "an end that says nothing", type: FRAME.end, length: 0 },
  { name: "an end that says too much", type: FRAME.end, length: 4098 },
] as const;

Deno.test("FrameDecoder refuses a header that cannot be, before the payload comes", async (t) => {
  for (const { name, type, length } of WRONG_HEADERS) {
    await t.step(name, () => {
      const header = new Uint8Array(HEADER_BYTES);
      writeUint32(header, 0, length);
      header[4] = type;
      assertThrows(() => decode([header]), ProtocolError);
      assertThrows(() => decode(cut(header, [1])), ProtocolError);
    });
  }
});

function decode(pieces: readonly Uint8Array[]): readonly TestFrame[] {
  const frames: TestFrame[] = [];
  const decoder = new FrameDecoder((type, stream, payload) => {
    frames.push({ type, stream, payload: payload.slice() });
  });
  for (const piece of pieces) decoder.push(piece);
  return frames;
}

function encode({ type, stream, payload }: TestFrame): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  writeUint32(bytes, 0, payload.length);
  bytes[4] = type;
  writeUint32(bytes, 5, stream);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Cuts into pieces of these sizes, again and again. */
function cut(bytes: Uint8Array, sizes: readonly number[]): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    pieces.push(bytes.slice(at, at + size));
    at += size;
  }
  return pieces;
}
