// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { eventFrame } from "./event_stream.ts";
import { readEventStream } from "./read_event_stream.ts";

Deno.test("readEventStream() reads what eventFrame() writes, wherever it is cut", async () => {
  const event = fc.record({
    id: fc.stringMatching(/^[a-z0-9:-]{1,20}$/),
    type: fc.stringMatching(/^[a-z_]{1,10}$/),
    data: fc.json(),
  });
  await fc.assert(fc.asyncProperty(
    fc.array(event, { maxLength: 5 }),
    fc.integer({ min: 1, max: 9 }),
    async (events, size) => {
      const text = events.map(({ data, ...rest }) => eventFrame(data, rest)).join(": alive\n\n");
      assertEquals(await Array.fromAsync(readEventStream(inPieces(text, size))), events);
    },
  ));
});

Deno.test("readEventStream() passes over comments and an event that was cut", async () => {
  const text = ": hello\n\ndata: one\ndata: two\n\ndata: thr";
  assertEquals(await Array.fromAsync(readEventStream(inPieces(text, 100))), [
    { id: "", type: "message", data: "one\ntwo" },
  ]);
});

function inPieces(text: string, size: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder().encode(text);
  let start = 0;
  return new ReadableStream({
    pull(controller) {
      if (start >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(start, start += size));
    },
  });
}
