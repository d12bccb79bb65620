// SPDX-License-Identifier: Apache-2.0

import { assert, assertArrayIncludes, assertEquals } from "@std/assert";
import { openGatewayStore, type WorkspaceStores } from "@sigil/store";
import { openAgent, type TurnEvent } from "./mod.ts";
import { last, SPEAKER, textTool } from "./testdata/fixture.ts";
import { isPoint, POINTS } from "./testdata/kill_points.ts";
import { answerKilled, SETTINGS } from "./testdata/killed_script.ts";
import { openSqliteStores } from "./testdata/open_stores.ts";
import { runUntilKilled } from "./testdata/run_until_killed.ts";
import { ScriptedProvider, SoleRouter } from "./testdata/scripted_provider.ts";

const ALWAYS = { from: new Date(0), to: new Date("9999-01-01") };

Deno.test("a process killed at any point leaves a session that the next one continues", async (t) => {
  for (const point of Object.keys(POINTS).filter(isPoint)) {
    await t.step(`killed ${point}`, async () => {
      const directory = await Deno.makeTempDir();
      try {
        const acknowledged = await runUntilKilled("killed_turn.ts", directory, point);
        await using stores = await openSqliteStores(directory);
        await checkKept(stores, acknowledged);
        await goOn(directory, stores);
        await checkKept(stores, acknowledged);
        await checkWhole(stores);
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    });
  }
});

/** What was seen is stored, in memory as well, and nothing is there twice. */
async function checkKept(stores: WorkspaceStores, events: readonly TurnEvent[]): Promise<void> {
  const remembered = await stores.memory.messages.getRange("home", ALWAYS);
  const memoryIds = remembered.map(({ id }) => id);
  assertEquals(new Set(memoryIds).size, memoryIds.length);
  const held = await stores.sessions.getActiveWindow("s1", 10_000);
  assertArrayIncludes(memoryIds, held.map(({ id }) => id));

  const summaries = await stores.memory.summaries.getByRange("home", ALWAYS);
  const kept = [...held.map(({ id }) => id), ...summaries.flatMap(({ messageIds }) => messageIds)];
  for (const event of events) {
    if (event.type === "started" || event.type === "done") {
      assertArrayIncludes(kept, [event.messageId]);
    }
    if (event.type === "tool_result") {
      assert(remembered.some(({ toolCallId }) => toolCallId === event.id));
    }
  }
}

/** Says three things more, in this process. */
async function goOn(directory: string, stores: WorkspaceStores): Promise<void> {
  await using gateway = await openGatewayStore({ backend: "sqlite" }, directory);
  const provider = new ScriptedProvider([answerKilled(() => Promise.resolve())]);
  await using agent = openAgent({
    openWorkspace: () => Promise.resolve(stores),
    router: new SoleRouter(provider),
    audit: gateway.auditLog,
    tools: () => [textTool("look", "seen")],
    settings: SETTINGS,
  });
  for (const content of ["Next", "Look again", "And on"]) {
    const events = await Array.fromAsync(agent.turn({ ...SPEAKER, content }));
    assertEquals(last(events, "done").content, `You said ${content}`);
  }
  for (const { messages } of provider.requests) {
    const asked = messages.flatMap(({ toolCalls = [] }) => toolCalls).length;
    assertEquals(messages.filter(({ role }) => role === "tool").length, asked);
  }
  assertEquals((await gateway.auditLog.verify()).status, "intact");
}

/** Every message is in the session or in one summary, and the session tells of each summary once. */
async function checkWhole({ sessions, memory }: WorkspaceStores): Promise<void> {
  const summaries = await memory.summaries.getByRange("home", ALWAYS);
  const pending = await memory.summaries.getLatest("home", 100, { status: "pending" });
  assertEquals(pending, []);
  const held = await sessions.getActiveWindow("s1", 10_000);
  assert(held.length <= 7);
  const places = [
    ...held.map(({ id }) => id),
    ...summaries.flatMap(({ messageIds }) => messageIds),
  ];
  assertEquals(new Set(places).size, places.length);
  const { summary, lastCompaction } = await sessions.getSession("s1");
  assert(lastCompaction !== null);
  for (const { content } of summaries) assertEquals(summary.split(content).length, 2);
  const moments = held.map(({ createdAt }) => createdAt.getTime());
  assertEquals(moments, moments.toSorted((left, right) => left - right));
}
