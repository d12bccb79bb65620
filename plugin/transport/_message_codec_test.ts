// SPDX-License-Identifier: Apache-2.0

import { create, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ToolDefinitionSchema } from "@sigil/proto/common/v1";
import { SendRequestSchema } from "@sigil/proto/plugin/v1/channel";
import { KvGetResponseSchema } from "@sigil/proto/plugin/v1/host";
import { HealthResponseSchema, InitRequestSchema } from "@sigil/proto/plugin/v1/lifecycle";
import { ChatEventSchema } from "@sigil/proto/plugin/v1/provider";
import { ExecuteChunkSchema, ExecuteRequestSchema } from "@sigil/proto/plugin/v1/tool";
import { assertEquals } from "@std/assert";
import { codecOf } from "./_message_codec.ts";
import { plainMessage } from "./_plain_message.ts";

const TEXTS = ["", "a", "Grüße, 東京 🌙", "\uFEFF\uFFFD\0", "x".repeat(127), "ä".repeat(64)];
const LONG = ["x".repeat(128), "東".repeat(21_000), "x".repeat(200_000)];

/** Each schema with what messages of it are made of. */
const MESSAGES: readonly (readonly [DescMessage, readonly object[]])[] = [
  [ExecuteRequestSchema, [
    {},
    ...[...TEXTS, ...LONG].map((text) => ({ toolName: "t", arguments: text, sessionId: text })),
    ...[0, 1, 127, 128, 2 ** 31 - 1, -1].map((timeoutSeconds) => ({ timeoutSeconds })),
    { toolName: undefined, arguments: null },
    create(ExecuteRequestSchema, { toolName: "made" }),
  ]],
  [ExecuteChunkSchema, [
    {},
    { chunk: undefined },
    { chunk: { case: undefined } },
    { chunk: { case: "unheardOf", value: 1 } },
    { chunk: { case: "done", value: false } },
    { chunk: { case: "done", value: true } },
    ...TEXTS.map((value) => ({ chunk: { case: "text", value } })),
  ]],
  [HealthResponseSchema, [{ status: 2, message: "so so" }, { status: 0 }, { status: 300 }]],
  [ChatEventSchema, [
    ...[...TEXTS, ...LONG].map((text) => ({ event: { case: "textDelta", value: { text } } })),
    { event: { case: "toolCall", value: { id: "1", name: "t", arguments: "{}" } } },
    { event: { case: "usage", value: { inputTokens: 5, outputTokens: 900_000 } } },
  ]],
  // Of kinds that are left to the library.
  [KvGetResponseSchema, [{}, { value: new Uint8Array() }, { value: new Uint8Array([1]) }]],
  [InitRequestSchema, [{}, { config: { deep: { list: [1, null, "a"] } } }]],
  [ToolDefinitionSchema, [{ name: "n", inputSchema: { type: "object" } }]],
  [SendRequestSchema, [{ channelId: "c", media: [{ url: "u", sizeBytes: 5n }] }]],
];

Deno.test("codecOf() encodes and decodes as the library does", async (t) => {
  for (const [schema, inits] of MESSAGES) {
    await t.step(schema.typeName, () => {
      for (const init of inits) {
        const expected = toBinary(schema, create(schema, init as Record<string, unknown>));
        assertEquals(codecOf(schema).encode(init as Record<string, unknown>).slice(), expected);
        assertEquals(codecOf(schema).decode(expected), fromBinary(schema, expected));
      }
    });
  }
});

Deno.test("codecOf() takes broken bytes as the library does", async (t) => {
  const random = randomNumbers(7);
  for (const [schema, inits] of MESSAGES) {
    await t.step(schema.typeName, () => {
      for (const init of inits) {
        const bytes = toBinary(schema, create(schema, init as Record<string, unknown>));
        if (bytes.length > 1000) continue;
        for (let count = 0; count < 300; count++) checkSame(schema, mutate(bytes, random));
      }
    });
  }
});

Deno.test("codecOf() keeps unknown fields and joins the parts of a message", () => {
  const unknown = new Uint8Array([...textField(1, "t"), ...textField(9, "new")]);
  const message = codecOf(ExecuteRequestSchema).decode(unknown);
  assertEquals(codecOf(ExecuteRequestSchema).encode(message).slice(), unknown);
  const parts = ["a", "b"].map((id, index) => [...textField(index + 1, id)]);
  const joined = new Uint8Array(parts.flatMap((part) => [2 * 8 + 2, part.length, ...part]));
  checkSame(ChatEventSchema, joined);
});

Deno.test("codecOf() takes wrong values as the library does", () => {
  const wrong: readonly (readonly [DescMessage, object])[] = [
    [ExecuteRequestSchema, { timeoutSeconds: 1.5 }],
    [ExecuteRequestSchema, { timeoutSeconds: 2 ** 31 }],
    [ExecuteRequestSchema, { toolName: "half a character: \uD83C" }],
    [ExecuteRequestSchema, { toolName: 5 }],
    [ExecuteRequestSchema, create(HealthResponseSchema, { message: "of another type" })],
    [ExecuteChunkSchema, { chunk: { case: "text", value: undefined } }],
    [ExecuteChunkSchema, { chunk: { case: "done", value: 1 } }],
    [ChatEventSchema, { event: { case: "textDelta", value: "no message" } }],
  ];
  for (const [schema, init] of wrong) {
    const value = init as Record<string, unknown>;
    assertEquals(
      outcome(() => codecOf(schema).encode(value).slice()),
      outcome(() => toBinary(schema, create(schema, value))),
    );
  }
});

Deno.test("plainMessage() knows the messages of most calls and no others", () => {
  const plain = MESSAGES.filter(([schema]) => plainMessage(schema) !== undefined);
  assertEquals(plain.map(([schema]) => schema.name), [
    "ExecuteRequest",
    "ExecuteChunk",
    "HealthResponse",
    "ChatEvent",
  ]);
});

/** Both throw, or both give the same. */
function checkSame(schema: DescMessage, bytes: Uint8Array): void {
  assertEquals(
    outcome(() => codecOf(schema).decode(bytes)),
    outcome(() => fromBinary(schema, bytes)),
  );
}

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return String(error);
  }
}

function textField(number: number, text: string): readonly number[] {
  const bytes = new TextEncoder().encode(text);
  return [number * 8 + 2, bytes.length, ...bytes];
}

/** Cuts, changes and repeats bytes. */
function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const changed = [...bytes];
  for (let left = 1 + random(3); left > 0; left--) {
    const at = random(changed.length + 1);
    if (random(2) === 0) changed.splice(at, 1, random(256));
    else changed.splice(at, random(3), ...changed.slice(random(changed.length + 1)));
  }
  return new Uint8Array(changed.slice(0, 2000));
}

/** Always the same ones. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}
