// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals } from "@std/assert";
import type { ChatRequest } from "@sigil/provider";
import type { Message, WorkspaceStores } from "@sigil/store";
import fc from "fast-check";
import { type Fixture, openFixture, SPEAKER, textTool } from "./testdata/fixture.ts";
import { openInmemStores, openSqliteStores } from "./testdata/open_stores.ts";
import {
  type Answer,
  callsTools,
  failsAfter,
  says,
  saysAndStalls,
} from "./testdata/scripted_provider.ts";

/** How a turn goes, in the first word of what is said. */
const WAYS: Readonly<Record<string, Answer>> = {
  answer: says("A whole answer"),
  fail: failsAfter("Half", "overloaded"),
  vanish: () => [{ type: "text_delta", text: "Half" }],
  stall: saysAndStalls("Half"),
  tools: callsTools([{ name: "look", input: {} }, { name: "none", input: {} }], "Let me see. "),
};

/** A tool is asked for once, and then the answer comes. */
const answer: Answer = (request, signal) => {
  const [way = ""] = lastSaid(request).split(" ");
  const isAnswered = request.messages.at(-1)?.role === "tool";
  return (isAnswered ? says("Seen") : WAYS[way] ?? says("?"))(request, signal);
};

interface Visit {
  readonly sessionId: string;
  readonly way: string;
  /** After how many events the reader leaves or aborts; never when undefined. */
  readonly stopAfter: number | undefined;
  readonly stop: "abort" | "break";
}

const visit: fc.Arbitrary<Visit> = fc.record({
  sessionId: fc.constantFrom("s1", "s2"),
  way: fc.constantFrom(...Object.keys(WAYS)),
  stopAfter: fc.option(fc.nat(6), { nil: undefined }),
  stop: fc.constantFrom("abort", "break"),
});

/** Runs a turn, and gives what its reader saw of it. */
async function run({ agent }: Fixture, { sessionId, way, stop, stopAfter }: Visit, index: number) {
  const controller = new AbortController();
  const turn = agent.turn(
    { ...SPEAKER, sessionId, content: `${way} ${index}` },
    { signal: controller.signal },
  );
  const seen: string[] = [];
  let events = 0;
  try {
    for await (const event of turn) {
      events++;
      if (event.type === "started" || event.type === "done") seen.push(event.messageId);
      // nothing more comes of a stall: somebody has to give it up
      const isStalled = way === "stall" && event.type === "text_delta";
      if (isStalled && stop === "abort") queueMicrotask(() => controller.abort());
      const isOver = stopAfter !== undefined && events >= stopAfter;
      if ((isStalled || isOver) && stop === "break") break;
      if (isOver) controller.abort();
    }
  } catch (error) {
    assertEquals(error, controller.signal.reason);
  }
  return { sessionId, seen };
}

/** Runs turns of two sessions at once, and checks what is left of them. */
async function checkVisits(visits: readonly Visit[], stores: WorkspaceStores): Promise<void> {
  await using fixture = await openFixture([answer], {
    stores,
    tools: () => [textTool("look", "seen")],
    settings: { activeWindow: 6, compaction: { batchSize: 3 } },
  });
  const runs = await Promise.all(visits.map((visit, index) => run(fixture, visit, index)));
  await fixture.agent.close();
  const remembered = (await stores.memory.messages.getOldest("home", 10_000)).map(({ id }) => id);
  assertEquals(new Set(remembered).size, remembered.length);
  for (const { sessionId, seen } of runs) {
    checkSession(await fixture.messages(sessionId), remembered);
    assert(seen.every((id) => remembered.includes(id)));
  }
  const begun = new Set(runs.flatMap(({ sessionId, seen }) => seen.length > 0 ? sessionId : []));
  const known = await stores.sessions.listSessions("home");
  assertEquals(new Set(known.map(({ id }) => id)), begun);
  assertEquals(fixture.provider.open, 0);
  fixture.provider.requests.forEach(checkPaired);
}

/** A session is no longer than its window, but for one long turn; in order; and all in memory. */
function checkSession(held: readonly Message[], remembered: readonly string[]): void {
  assert(held.length <= 6 || held.filter(({ role }) => role === "user").length === 1);
  assert(held.every(({ id }) => remembered.includes(id)));
  const moments = held.map(({ createdAt }) => createdAt.getTime());
  assertEquals(moments, [...new Set(moments)].toSorted((left, right) => left - right));
}

Deno.test("whatever happens in turns, sessions stay whole and nothing seen is lost", async (t) => {
  const visits = fc.array(visit, { maxLength: 12 });
  await t.step("in memory", async () => {
    await fc.assert(
      fc.asyncProperty(visits, async (visits) => checkVisits(visits, await openInmemStores())),
    );
  });
  await t.step("in SQLite", async () => {
    const directory = await Deno.makeTempDir();
    let opened = 0;
    const open = () => openSqliteStores(`${directory}/${++opened}`);
    const property = fc.asyncProperty(visits, async (visits) => checkVisits(visits, await open()));
    await fc.assert(property, { numRuns: 20 });
    await Deno.remove(directory, { recursive: true });
  });
});

/** Every call that a vendor is shown has its result. */
function checkPaired({ messages }: ChatRequest): void {
  for (const [index, { toolCalls = [] }] of messages.entries()) {
    const results = messages.slice(index + 1, index + 1 + toolCalls.length);
    assertEquals(results.map(({ toolCallId }) => toolCallId), toolCalls.map(({ id }) => id));
  }
}

function lastSaid({ messages }: ChatRequest): string {
  return messages.findLast(({ role }) => role === "user")?.content ?? "";
}
