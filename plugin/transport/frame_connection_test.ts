// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { BytePipe, BytePipeReader } from "./byte_pipe.ts";
import { FRAME, MAX_CALLS, WINDOW_BYTES } from "./_frame.ts";
import { FrameDecoder } from "./_frame_decoder.ts";
import type { ProtocolError } from "./_protocol_error.ts";
import { FrameConnection } from "./frame_connection.ts";
import type { IncomingCall } from "./incoming_call.ts";

const EMPTY = new Uint8Array();
const X = bytes(120);
const HELLO = bytes(83, 73, 71, 73, 76, 0, 0, 1);

/** What a plugin can do wrong to a host that has made call 1 and nothing else. */
const BREACHES: readonly {
  readonly name: string;
  readonly says: string;
  readonly frames: readonly (readonly [type: number, stream: number, payload: Uint8Array])[];
}[] = [
  { name: "a call before the greeting", says: "greeting", frames: [[FRAME.last, 1, EMPTY]] },
  {
    name: "a greeting with other letters",
    says: "greeting",
    frames: [[FRAME.hello, 0, bytes(72, 84, 84, 80, 47, 49, 46, 49)]],
  },
  {
    name: "an older version",
    says: "version 0 of the protocol, not 1",
    frames: [[FRAME.hello, 0, bytes(83, 73, 71, 73, 76, 0, 0, 0)]],
  },
  {
    name: "a second greeting",
    says: "greeted twice",
    frames: [[FRAME.hello, 0, HELLO], [FRAME.hello, 0, HELLO]],
  },
  {
    name: "an answer to a call that nobody made",
    says: "answered a call 3 that nobody made",
    frames: [[FRAME.hello, 0, HELLO], [FRAME.last, 3, EMPTY]],
  },
  {
    name: "a second answer to one call",
    says: "answered a call 1 that nobody made",
    frames: [[FRAME.hello, 0, HELLO], [FRAME.last, 1, EMPTY], [FRAME.last, 1, EMPTY]],
  },
  {
    name: "a call with an id of the host",
    says: "id 1",
    frames: [[FRAME.hello, 0, HELLO], [FRAME.call, 1, callPayload("x")]],
  },
  {
    name: "a call with id 0",
    says: "id 0",
    frames: [[FRAME.hello, 0, HELLO], [FRAME.call, 0, callPayload("x")]],
  },
  {
    name: "a call with an id in use",
    says: "id 2",
    frames: [
      [FRAME.hello, 0, HELLO],
      [FRAME.call, 2, callPayload("x")],
      [FRAME.call, 2, callPayload("x")],
    ],
  },
  {
    name: "a call whose name goes beyond its end",
    says: "broken name",
    frames: [[FRAME.hello, 0, HELLO], [FRAME.call, 2, bytes(0, 0, 0, 0, 9, 120)]],
  },
  {
    name: "too many calls at once",
    says: "too many calls",
    frames: [
      [FRAME.hello, 0, HELLO],
      ...Array.from({ length: MAX_CALLS + 1 }, (_, index) => {
        return [FRAME.call, 2 * index + 2, callPayload("x")] as const;
      }),
    ],
  },
  {
    name: "an unknown status",
    says: "status 17",
    frames: [[FRAME.hello, 0, HELLO], [FRAME.end, 1, bytes(17)]],
  },
  {
    name: "more than it was given credit for",
    says: "credit",
    frames: [
      [FRAME.hello, 0, HELLO],
      [FRAME.message, 1, new Uint8Array(WINDOW_BYTES)],
      [FRAME.message, 1, EMPTY],
    ],
  },
  {
    name: "a flood of empty messages",
    says: "credit",
    frames: [
      [FRAME.hello, 0, HELLO],
      ...Array.from({ length: WINDOW_BYTES / 9 + 2 }, () => [FRAME.message, 1, EMPTY] as const),
    ],
  },
  {
    name: "credit for what it was not sent",
    says: "credit for what it was not sent",
    frames: [
      [FRAME.hello, 0, HELLO],
      [FRAME.call, 2, callPayload("x")],
      [FRAME.credit, 2, bytes(0, 0, 0, 1)],
    ],
  },
  {
    name: "a cancel of a call that it never made",
    says: "call 2 that it never made",
    frames: [[FRAME.hello, 0, HELLO], [FRAME.cancel, 2, bytes(1)]],
  },
];

Deno.test("FrameConnection ends when the other side breaks the protocol", async (t) => {
  for (const { name, says, frames } of BREACHES) {
    await t.step(name, async () => {
      const host = openHost();
      host.connection.call({ path: X, message: EMPTY, timeoutMs: 0 });
      for (const frame of frames) host.receive(...frame);
      const [error] = host.ends;
      assertStringIncludes(error?.message ?? "", says);
      host.connection.close(error ?? new Error("It went on"));
      assertEquals(host.ends.length, 1);
    });
  }
});

Deno.test("FrameConnection tells which other version was spoken", () => {
  const host = openHost();
  host.receive(FRAME.hello, 0, bytes(83, 73, 71, 73, 76, 0, 1, 4));
  assertEquals(host.ends[0]?.version, 260);
});

Deno.test("FrameConnection takes the late frames of calls that have ended, but no flood of them", () => {
  const host = openHost();
  host.receive(FRAME.hello, 0, HELLO);
  host.receive(FRAME.call, 2, callPayload("x"));
  host.calls[0]?.end(0, "");
  for (let count = 0; count < 4; count++) host.receive(FRAME.cancel, 2, bytes(1));
  assertEquals(host.ends, []);
  host.receive(FRAME.cancel, 2, bytes(1));
  assertEquals(host.ends.length, 1);
});

Deno.test("FrameConnection drops what comes late to a call that was cancelled", async () => {
  const host = openHost();
  host.receive(FRAME.hello, 0, HELLO);
  const call = host.connection.call({ path: X, message: EMPTY, timeoutMs: 0 });
  call.cancel(4, new Error("too late"));
  host.receive(FRAME.message, 1, bytes(1));
  host.receive(FRAME.last, 1, bytes(2));
  assertThrows(() => call.take(), Error, "too late");
  assertEquals([host.ends.length, host.connection.callsInFlight], [0, 0]);
});

Deno.test("FrameConnection greets first, then sends the call", async () => {
  const host = openHost();
  host.connection.call({ path: bytes(97, 47, 98), message: bytes(5, 6), timeoutMs: 258 });
  await settle();
  assertEquals(host.sent, [
    [FRAME.hello, 0, [...HELLO]],
    [FRAME.call, 1, [0, 0, 1, 2, 3, 97, 47, 98, 5, 6]],
  ]);
});

Deno.test("FrameConnection gives credit back when half of the window was read", async () => {
  const host = openHost();
  host.receive(FRAME.hello, 0, HELLO);
  const call = host.connection.call({ path: X, message: EMPTY, timeoutMs: 0 });
  const half = new Uint8Array(WINDOW_BYTES / 2 - 9);
  host.receive(FRAME.message, 1, half);
  host.receive(FRAME.message, 1, half);
  call.take();
  await settle();
  assertEquals(host.sent.at(-1), [FRAME.credit, 1, [0, 2, 0, 0]]);
});

Deno.test("FrameConnection tells when the other side is gone", () => {
  const host = openHost();
  host.receive(FRAME.hello, 0, HELLO);
  host.end();
  assertEquals(host.ends, [undefined]);
  host.receive(FRAME.hello, 0, HELLO);
  assertEquals(host.ends.length, 1);
});

/** A host whose other side is this test. */
function openHost() {
  const sent: [number, number, number[]][] = [];
  const ends: (ProtocolError | undefined)[] = [];
  const calls: IncomingCall[] = [];
  const pipe = new TestPipe((type, stream, payload) => sent.push([type, stream, [...payload]]));
  const connection = new FrameConnection({
    side: "host",
    pipe,
    serve: (call) => calls.push(call),
    onEnd: (error) => ends.push(error),
  });
  return {
    connection,
    sent,
    ends,
    calls,
    end: () => pipe.reader?.end(),
    receive(type: number, stream: number, payload: Uint8Array): void {
      const head = [payload.length >>> 24, payload.length >>> 16, payload.length >>> 8];
      const header = bytes(...head, payload.length, type, 0, 0, stream >>> 8, stream);
      pipe.reader?.data(new Uint8Array([...header, ...payload]));
    },
  };
}

class TestPipe implements BytePipe {
  reader: BytePipeReader | undefined;
  readonly #decoder: FrameDecoder;

  constructor(take: (type: number, stream: number, payload: Uint8Array) => void) {
    this.#decoder = new FrameDecoder(take);
  }

  start(reader: BytePipeReader): void {
    this.reader = reader;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#decoder.push(bytes.slice());
  }

  close(): void {}
}

function callPayload(path: string): Uint8Array {
  return bytes(0, 0, 0, 0, path.length, ...new TextEncoder().encode(path));
}

function bytes(...values: readonly number[]): Uint8Array {
  return new Uint8Array(values);
}

/** Lets every microtask run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
