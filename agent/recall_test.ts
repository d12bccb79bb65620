// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertStringIncludes } from "@std/assert";
import { createRouter } from "@sigil/provider";
import { openLocalProvider } from "@sigil/provider/local";
import { openGatewayStore } from "@sigil/store";
import { memoryTools, openAgent } from "./mod.ts";
import { last, types } from "./testdata/fixture.ts";
import { openSqliteStores } from "./testdata/open_stores.ts";

/** Says one thing in a process of its own, as far as the stores can tell, and gives the answer. */
async function sayAnew(directory: string, sessionId: string, content: string): Promise<string> {
  await using gateway = await openGatewayStore({ backend: "sqlite" }, directory);
  await using stores = await openSqliteStores(directory);
  await using router = createRouter({
    providers: [openLocalProvider()],
    default: "local/recall",
  });
  const openWorkspace = () => Promise.resolve(stores);
  const tools = memoryTools({ openWorkspace });
  const audit = gateway.auditLog;
  await using agent = openAgent({ openWorkspace, router, audit, tools: () => tools });
  const request = { workspaceId: "home", userId: "ann", sessionId, content };
  return last(await Array.fromAsync(agent.turn(request)), "done").content;
}

Deno.test("what was said is found again after a restart, by the real recall model", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await sayAnew(directory, "s1", "My cat is called Miso.");
    await sayAnew(directory, "s1", "Remember that I park on level three");
    const cat = await sayAnew(directory, "s2", "What is my cat called?");
    assertStringIncludes(cat, "My cat is called Miso.");
    const parking = await sayAnew(directory, "s3", "On which level do I park?");
    assertStringIncludes(parking, "level three");

    await using stores = await openSqliteStores(directory);
    const [fact] = await stores.memory.knowledge.findFacts("home", { predicate: "remembered" });
    assertEquals([fact?.value, fact?.provenance], ["I park on level three", "user"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a real router's refusal reaches the reader", async () => {
  await using gateway = await openGatewayStore({ backend: "inmem" }, "unused");
  const directory = await Deno.makeTempDir();
  await using stores = await openSqliteStores(directory);
  await using router = createRouter({
    providers: [openLocalProvider()],
    default: "local/recall",
  });
  const openWorkspace = () => Promise.resolve(stores);
  await using agent = openAgent({ openWorkspace, router, audit: gateway.auditLog });
  const tokenBudget = { maxPerSession: 1 };
  const session = { id: "s1", workspaceId: "home", userId: "ann", tokenBudget };
  await stores.sessions.createSession(session);
  const said = { workspaceId: "home", userId: "ann", content: "Hello" };
  const refused = await Array.fromAsync(agent.turn({ ...said, sessionId: "s1" }));
  assertEquals(types(refused), ["started", "error"]);
  assertEquals(last(refused, "error").code, "budget");
  const unknown = await Array.fromAsync(agent.turn({ ...said, model: "none/such" }));
  assertEquals(last(unknown, "error").code, "unknown_model");
  await Deno.remove(directory, { recursive: true });
});
