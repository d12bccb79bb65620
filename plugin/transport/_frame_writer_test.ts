// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { FRAME, HEADER_BYTES } from "./_frame.ts";
import { FrameWriter } from "./_frame_writer.ts";

Deno.test("FrameWriter writes all that a microtask brought in one go", async () => {
  const { writer, writes } = recordingWriter();
  for (const byte of [1, 2, 3]) writer.frame(FRAME.message, 1, 1)[0] = byte;
  await settle();
  assertEquals(writes.map((bytes) => bytes.length), [3 * (HEADER_BYTES + 1)]);
  assertEquals([writes[0]?.[9], writes[0]?.[19], writes[0]?.[29]], [1, 2, 3]);
});

Deno.test("FrameWriter does not wait for the microtasks when much is there already", async () => {
  const { writer, writes } = recordingWriter();
  for (const byte of [1, 2, 3, 4, 5]) writer.frame(FRAME.message, 1, 1000).fill(byte);
  assertEquals(writes.map((bytes) => bytes.length), [3 * (HEADER_BYTES + 1000)]);
  await settle();
  assertEquals(
    writes.map((bytes) => bytes.length),
    [3, 2].map((count) => count * (HEADER_BYTES + 1000)),
  );
  const sent = writes.flatMap((bytes) => [...bytes]);
  for (const byte of [1, 2, 3, 4, 5]) {
    const end = byte * (HEADER_BYTES + 1000);
    assertEquals(sent.slice(end - 1000, end), Array(1000).fill(byte));
  }
});

Deno.test("FrameWriter gathers the next batch while one is written", async () => {
  const { writer, writes, finishWrite } = recordingWriter({ hold: true });
  writer.frame(FRAME.message, 1, 0);
  await settle();
  writer.frame(FRAME.message, 1, 100);
  writer.frame(FRAME.message, 1, 20_000);
  await settle();
  assertEquals(writes.length, 1);
  finishWrite();
  await settle();
  assertEquals(writes.map((bytes) => bytes.length), [9, 109 + 20_009]);
});

Deno.test("FrameWriter.drained() waits until there is room", async () => {
  const { writer, finishWrite } = recordingWriter({ hold: true });
  writer.frame(FRAME.message, 1, 2 * 1024 * 1024);
  assertEquals(writer.full, true);
  let drained = false;
  const wait = writer.drained().then(() => drained = true);
  await settle();
  assertEquals(drained, false);
  finishWrite();
  await wait;
  assertEquals(writer.full, false);
});

Deno.test("FrameWriter tells when the other side reads far too little", () => {
  const { writer, stuck } = recordingWriter({ hold: true });
  for (let count = 0; count < 21; count++) writer.frame(FRAME.message, 1, 1024 * 1024);
  assertEquals(stuck(), 1);
});

Deno.test("FrameWriter writes nothing after close()", async () => {
  const { writer, writes } = recordingWriter();
  writer.frame(FRAME.message, 1, 5);
  writer.close();
  assertEquals(writer.frame(FRAME.message, 1, 5).length, 5);
  await settle();
  assertEquals(writes, []);
});

Deno.test("FrameWriter closes when a write fails", async () => {
  const writer = new FrameWriter(() => Promise.reject(new Error("gone")), () => {});
  writer.frame(FRAME.message, 1, 2 * 1024 * 1024);
  await writer.drained();
  assertEquals(writer.full, false);
});

function recordingWriter({ hold = false } = {}) {
  const writes: Uint8Array[] = [];
  let held = Promise.withResolvers<void>();
  let stuckCount = 0;
  const writer = new FrameWriter(async (bytes) => {
    writes.push(bytes.slice());
    if (hold) await held.promise;
  }, () => stuckCount++);
  const finishWrite = () => {
    held.resolve();
    held = Promise.withResolvers<void>();
  };
  return { writer, writes, finishWrite, stuck: () => stuckCount };
}

/** Lets every microtask run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
