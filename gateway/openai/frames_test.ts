// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { FakeClock } from "../../tests/gateway/_fake_clock.ts";
import { GatewayError } from "../errors.ts";
import { silentLogger } from "../logger.ts";
import { newId } from "../new_id.ts";
import { type AnswerEnd, BookedAnswer } from "./booked_answer.ts";
import type { AnswerEvent } from "./completion.ts";
import { Frames } from "./frames.ts";
import { chatCompletionChunk } from "./schemas.ts";

const USAGE = { inputTokens: 3, outputTokens: 2, cacheReadTokens: 1, cacheWriteTokens: 0 };
const CALL = { id: "c1", name: "look", arguments: '{"at":"\\n"}' };
const text = (text: string): AnswerEvent => ({ type: "text_delta", text });
const usage: AnswerEvent = { type: "usage", usage: USAGE };
const done: AnswerEvent = { type: "done", finishReason: "stop" };

/** Books an answer, and frames it. */
function open(batches: AsyncGenerator<readonly AnswerEvent[], void, void>, includeUsage = false) {
  const booked: AnswerEnd[] = [];
  const errors: string[] = [];
  const logger = { ...silentLogger, error: (message: string) => void errors.push(message) };
  const answer = new BookedAnswer(batches, async (end) => void booked.push(end));
  const head = { id: `chatcmpl-${newId(new FakeClock().now())}`, created: 7, model: 'a/"b"' };
  return {
    booked,
    errors,
    answer,
    frames: new Frames(head, answer, { includeUsage, logger }),
  };
}

async function* givingAll(...batches: readonly (readonly AnswerEvent[])[]) {
  yield* batches;
}

/** Checks each chunk, and gives what is in it. */
function read(frames: string): readonly unknown[] {
  return frames.split("\n\n").slice(0, -1).map((frame) => {
    const data = frame.replace(/^data: /, "");
    if (data === "[DONE]" || data.startsWith('{"error"')) return data;
    const { choices: [choice], usage } = chatCompletionChunk.parse(JSON.parse(data));
    return choice === undefined ? usage : choice.finish_reason ?? choice.delta;
  });
}

Deno.test("Frames gives the frames of what came together at once", async () => {
  const { frames, booked } = open(
    givingAll([usage, text("Hel")], [text('"lo"\n'), text("\u2028")], [usage], [usage, done]),
  );
  const all = await Array.fromAsync(frames);
  assertEquals(all.map(read), [
    [{ role: "assistant", content: "" }, { content: "Hel" }],
    [{ content: '"lo"\n' }, { content: "\u2028" }],
    ["stop", "[DONE]"],
  ]);
  assertEquals(booked, [{ result: "ok", usage: USAGE, text: 'Hel"lo"\n\u2028' }]);
});

Deno.test("Frames tells calls, and what the answer cost when that is asked for", async () => {
  const call: AnswerEvent = { type: "tool_call", toolCall: CALL };
  const bare: AnswerEvent = { type: "tool_call", toolCall: { ...CALL, arguments: "" } };
  const { frames } = open(givingAll([call, bare, usage, { ...done, finishReason: "other" }]), true);
  const [all = ""] = await Array.fromAsync(frames);
  const begun = { id: "c1", type: "function" as const, function: { name: "look", arguments: "" } };
  assertEquals(read(all), [
    { role: "assistant", content: "" },
    { tool_calls: [{ index: 0, ...begun }] },
    { tool_calls: [{ index: 0, function: { arguments: CALL.arguments } }] },
    { tool_calls: [{ index: 1, ...begun }] },
    "stop",
    {
      prompt_tokens: 3,
      completion_tokens: 2,
      total_tokens: 5,
      prompt_tokens_details: { cached_tokens: 1 },
    },
    "[DONE]",
  ]);
  const chunks = all.split("\n\n").filter((frame) => frame.includes("choices"));
  assertEquals(chunks.filter((chunk) => !chunk.includes('"usage":')), []);
});

Deno.test("Frames ends with an error that the client can read", async (t) => {
  const cases: Readonly<Record<string, () => AsyncGenerator<readonly AnswerEvent[], void, void>>> =
    {
      network: () => givingAll([text("a")], [{ type: "error", code: "network", message: "Cut" }]),
      deadline_exceeded: async function* () {
        yield [text("a")];
        throw new GatewayError("deadline_exceeded", "Silent");
      },
      internal: async function* () {
        yield [text("a")];
        throw new TypeError("A secret");
      },
    };
  for (const [code, batches] of Object.entries(cases)) {
    await t.step(code, async () => {
      const { frames, booked } = open(batches());
      const all = (await Array.fromAsync(frames)).join("");
      const last = JSON.parse(String(read(all).at(-1)));
      assertEquals([last.error.code, all.includes("secret")], [code, false]);
      assertEquals(booked.length, 1);
    });
  }
});

Deno.test("Frames logs what failed in the gateway, and not that a client left", async (t) => {
  const cases: readonly (readonly [reason: unknown, errors: readonly string[]])[] = [
    [new TypeError("Fault"), ["answer failed"]],
    [new GatewayError("deadline_exceeded", "Silent"), []],
    [new DOMException("The client left", "AbortError"), []],
  ];
  for (const [reason, wanted] of cases) {
    await t.step(String(reason), async () => {
      const { frames, errors } = open((async function* () {
        yield [text("a")];
        throw reason;
      })());
      await Array.fromAsync(frames);
      assertEquals(errors, wanted);
    });
  }
});

Deno.test("BookedAnswer books once, before the end is told, however it ends", async (t) => {
  await t.step("when it is whole", async () => {
    const { answer, booked } = open(givingAll([text("a")], [done]));
    assertEquals((await answer.readFirst()).type, "text_delta");
    assertEquals([(await answer.next()).value, booked.length], [[text("a")], 0]);
    assertEquals([(await answer.next()).value, booked.length], [[done], 1]);
    assertEquals((await answer.next()).done, true);
    await answer.return();
    assertEquals(booked.map(({ result }) => result), ["ok"]);
  });
  await t.step("when its reader leaves", async () => {
    let isLeft = false;
    const { answer, booked } = open((async function* () {
      try {
        yield [usage, text("a")];
      } finally {
        isLeft = true;
      }
    })());
    await answer.readFirst();
    await answer.return();
    assertEquals((await answer.next()).done, true);
    assertEquals([isLeft, booked], [true, [{ result: "cancelled", usage: USAGE, text: "a" }]]);
  });
  await t.step("when it cannot be booked", async () => {
    const answer = new BookedAnswer(givingAll([done]), () => Promise.reject(new Error("Full")));
    let message = "";
    await answer.next().catch((error) => message = error.message);
    assertEquals(message, "Full");
  });
});
