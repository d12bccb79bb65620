// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import type { GatewayStore, PairingStatus } from "@sigil/store";
import { openGatewayStore } from "@sigil/store/inmem";
import { AgentError, routeMessage } from "./mod.ts";

const CHAT = { channelType: "telegram", channelId: "7" };
const ANN = { ...CHAT, platformId: "42" };

/** A store in which Ann and Bob share a chat. */
async function openPaired(status: PairingStatus = "active"): Promise<GatewayStore> {
  const store = await openGatewayStore();
  for (const [id, platformId] of [["ann", "42"], ["bob", "43"]] as const) {
    await store.users.create({ id, name: id, identities: [{ channel: "telegram", platformId }] });
    const pairing = { id: `pairing of ${id}`, userId: id, workspaceId: `home of ${id}`, status };
    await store.pairings.create({ ...pairing, ...CHAT });
  }
  return store;
}

Deno.test("routeMessage() finds user, workspace and session", async () => {
  await using store = await openPaired();
  assertEquals(await routeMessage(ANN, store), {
    workspaceId: "home of ann",
    userId: "ann",
    sessionId: "telegram:7:ann",
  });
});

Deno.test("routeMessage() gives each user of a chat a session", async () => {
  await using store = await openPaired();
  const ann = await routeMessage(ANN, store);
  const bob = await routeMessage({ ...CHAT, platformId: "43" }, store);
  assertEquals([bob.userId, bob.workspaceId], ["bob", "home of bob"]);
  assertNotEquals(ann.sessionId, bob.sessionId);
});

Deno.test("routeMessage() can share a session between chats", async () => {
  await using store = await openPaired();
  const { sessionId } = await routeMessage(ANN, { ...store, sessionMode: "shared" });
  assertEquals(sessionId, "shared:ann");
});

Deno.test("routeMessage() keeps chats apart whose names contain the separator", async () => {
  await using store = await openGatewayStore();
  const origins = [
    { channelType: "a:b", channelId: "c", platformId: "1" },
    { channelType: "a", channelId: "b:c", platformId: "1" },
  ];
  const identities = origins.map(({ channelType: channel, platformId }) => ({
    channel,
    platformId,
  }));
  await store.users.create({ id: "ann", name: "Ann", identities });
  const sessions = new Set<string>();
  for (const [index, { channelType, channelId, platformId }] of origins.entries()) {
    await store.pairings.create({
      id: `p${index}`,
      userId: "ann",
      channelType,
      channelId,
      workspaceId: "home",
      status: "active",
    });
    sessions.add((await routeMessage({ channelType, channelId, platformId }, store)).sessionId);
  }
  assertEquals(sessions.size, 2);
});

Deno.test("routeMessage() refuses who is not let in", async (t) => {
  const cases = [
    ["a stranger", { ...CHAT, platformId: "99" }, "active", "nobody has that identity"],
    ["another chat", { ...ANN, channelId: "8" }, "active", "they are not paired on that chat"],
    ["a pending pairing", ANN, "pending", "the pairing is pending"],
    ["a denied pairing", ANN, "denied", "the pairing is denied"],
  ] as const;
  for (const [name, origin, status, why] of cases) {
    await t.step(name, async () => {
      await using store = await openPaired(status);
      const error = await assertRejects(() => routeMessage(origin, store), AgentError, why);
      assertEquals(error.code, "forbidden");
    });
  }
});
