// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import type { KnowledgeStore } from "../knowledge_store.ts";
import { openKnowledgeStore } from "./knowledge_store.ts";

async function putPeople(store: KnowledgeStore, ...names: string[]): Promise<void> {
  for (const name of names) {
    await store.putEntity("ws-1", {
      id: name.toLowerCase(),
      workspaceId: "ws-1",
      type: "person",
      name,
    });
  }
}

Deno.test("knowledge store entities", async () => {
  await using store = await openKnowledgeStore(":memory:");
  await store.putEntity("ws-1", {
    id: "ent-1",
    type: "person",
    name: "Alice",
    properties: { role: "engineer" },
  });
  const alice = await store.getEntity("ws-1", "ent-1");
  assertEquals(alice.name, "Alice");
  assertEquals(alice.type, "person");
  assertEquals((await store.findEntities("ws-1", { type: "person" })).length, 1);
});

Deno.test("knowledge store relationships", async () => {
  await using store = await openKnowledgeStore(":memory:");
  await putPeople(store, "Alice", "Bob");
  await store.putRelationship("ws-1", {
    id: "rel-1",
    fromId: "alice",
    toId: "bob",
    type: "works_with",
  });
  const relationships = await store.getRelationships("ws-1", "alice", { direction: "outgoing" });
  assertEquals(relationships.length, 1);
  assertEquals(relationships[0]?.type, "works_with");
});

Deno.test("knowledge store facts", async () => {
  await using store = await openKnowledgeStore(":memory:");
  await putPeople(store, "Alice");
  await store.putFact("ws-1", {
    id: "fact-1",
    workspaceId: "ws-1",
    entityId: "alice",
    predicate: "occupation",
    value: "software engineer",
    confidence: 0.95,
  });
  const facts = await store.findFacts("ws-1", { entityId: "alice" });
  assertEquals(facts.length, 1);
  assertEquals(facts[0]?.value, "software engineer");
});

Deno.test("knowledge store traverse", async () => {
  await using store = await openKnowledgeStore(":memory:");
  await putPeople(store, "Alice", "Bob", "Charlie");
  await store.putRelationship("ws-1", { id: "r1", fromId: "alice", toId: "bob", type: "knows" });
  await store.putRelationship("ws-1", { id: "r2", fromId: "bob", toId: "charlie", type: "knows" });
  const graph = await store.traverse("ws-1", "alice", 2);
  assertEquals(graph.entities.length, 3);
  assertEquals(graph.relationships.length, 2);
});

Deno.test("knowledge store shows everything as triples", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/knowledge.db`;
  {
    await using store = await openKnowledgeStore(path);
    await store.putEntity("ws-1", {
      id: "alice",
      type: "person",
      name: "Alice",
      properties: { role: "engineer" },
    });
    await store.putRelationship("ws-1", { id: "r1", fromId: "alice", toId: "bob", type: "knows" });
    await store.putFact("ws-1", { id: "f1", entityId: "alice", predicate: "city", value: "Rome" });
  }
  using database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare(
    "SELECT subject, predicate, object FROM triples WHERE workspace = 'ws-1'",
  ).all();
  assertEquals(rows.map((row) => Object.values(row).join(" ")).sort(), [
    "alice city Rome",
    "alice knows bob",
    "alice name Alice",
    "alice role engineer",
    "alice type person",
  ]);
  await Deno.remove(directory, { recursive: true });
});
