// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { EventReader } from "./event_reader.ts";

const LONG = "a".repeat(40_000);

const CASES: readonly (readonly [name: string, text: string, data: readonly string[]])[] = [
  ["one event", "data: 1\n\n", ["1"]],
  ["many events", "data: 1\n\ndata: 2\n\ndata: 3\n\n", ["1", "2", "3"]],
  ["no space", "data:1\n\ndata:  2\n\n", ["1", " 2"]],
  ["carriage returns and line feeds", "data: 1\r\n\r\ndata: 2\r\n\r\n", ["1", "2"]],
  ["carriage returns alone", "data: 1\r\rdata: 2\r\r", ["1", "2"]],
  ["a mixture of endings", "data: 1\r\n\ndata: 2\n\rdata: 3\r\r\n", ["1", "2", "3"]],
  ["comments", ": OPENROUTER PROCESSING\n\n:\ndata: 1\n: more\n\n", ["1"]],
  ["other fields", "event: x\nid: 7\nretry: 5\ndatum: 0\ndata: 1\n\n", ["1"]],
  ["lines of one event", "data: 1\ndata: 2\n\n", ["1\n2"]],
  ["empty data", "data\n\ndata:\n\ndata\ndata\n\n", ["", "", "\n"]],
  ["a mark of the byte order", "\uFEFFdata: 1\n\n", ["1"]],
  ["the same mark later on", "data: 1\n\n\uFEFFdata: 2\n\ndata: \uFEFF3\n\n", ["1", "\uFEFF3"]],
  ["letters of many bytes", "data: é – 因为 😀\n\ndata: Ω\n\n", ["é – 因为 😀", "Ω"]],
  ["no empty line at the end", "data: 1\n\ndata: 2\n", ["1", "2"]],
  ["no end of the line", "data: 1\n\ndata: [DONE]", ["1", "[DONE]"]],
  ["nothing", "", []],
  ["empty lines alone", "\n\n\r\n\n", []],
];

function read(pieces: readonly Uint8Array[]): readonly string[] {
  const reader = new EventReader();
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
}

Deno.test("EventReader reads events, wherever their bytes are cut", async (t) => {
  for (const [name, text, data] of CASES) {
    const bytes = new TextEncoder().encode(text);
    await t.step(name, () => {
      assertEquals(read([bytes]), data);
      for (let first = 0; first <= bytes.length; first++) {
        for (let second = first; second <= bytes.length; second++) {
          const pieces = [
            bytes.slice(0, first),
            bytes.slice(first, second),
            bytes.slice(second),
          ];
          assertEquals(read(pieces), data, `cut at ${first} and ${second}`);
        }
      }
      assertEquals(read([...bytes].map((byte) => Uint8Array.of(byte))), data);
    });
  }
});

Deno.test("EventReader gives an event as soon as its empty line is there", () => {
  const reader = new EventReader();
  const push = (text: string) => reader.push(new TextEncoder().encode(text));
  assertEquals([push("data: 1\n"), push("\n"), push("data: 2\r\n\r")], [[], ["1"], ["2"]]);
  assertEquals([push("\ndata: 3"), push("\n\n")], [[], ["3"]]);
});

Deno.test("EventReader does not mistake bytes that are no text", () => {
  const bytes = Uint8Array.of(...new TextEncoder().encode("data: a"), 0xff, 0xc3, 0x0a, 0x0a);
  assertEquals(read([bytes]), ["a\uFFFD\uFFFD"]);
  assertEquals(read([bytes.slice(0, 9), bytes.slice(9)]), ["a\uFFFD\uFFFD"]);
});

Deno.test("EventReader reads a line that comes in many pieces", () => {
  const bytes = new TextEncoder().encode(`data: ${LONG}\n\n`);
  const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, i) => {
    return bytes.slice(i * 7, i * 7 + 7);
  });
  assertEquals(read(pieces), [LONG]);
});
