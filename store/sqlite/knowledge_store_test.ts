// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { DatabaseSync } from "node:sqlite";
import { openKnowledgeStore as openInmemKnowledgeStore } from "../inmem/knowledge_store.ts";
import { DIRECTIONS, type KnowledgeStore } from "../knowledge_store.ts";
import { openDatabase } from "./_database.ts";
import { KNOWLEDGE_SCHEMA } from "./_knowledge_schema.ts";
import { packId } from "./_packed_id.ts";
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

const NODES = ["a", "b", "c", "d", "e", "\u{1f600}", "\uffff"];
const UUID = "f19b76da-a8fa-7206-8450-8b4e2f76e94e";
/** Both ways of keeping an id, so that each comes first, in the middle and last. */
const EDGE_IDS = [
  ..."059adf".split("").map((digit) => digit + UUID.slice(1)),
  ..."!0AFaz".split(""),
];
const MOMENT = new Date(0);

Deno.test("knowledge store walks and lists as the one in memory does, whatever is put again", async () => {
  const edge = fc.record({
    id: fc.constantFrom(...EDGE_IDS),
    fromId: fc.constantFrom(...NODES),
    toId: fc.constantFrom(...NODES, "ghost"),
    type: fc.constantFrom("t1", "t2"),
    metadata: fc.constantFrom({}, { weight: 2 }),
  });
  const filter = fc.record({
    direction: fc.constantFrom(...DIRECTIONS),
    relationshipTypes: fc.constantFrom([], ["t1"], ["t2", "t1"], ["t3"]),
  });
  const walk = fc.tuple(fc.array(edge, { maxLength: 25 }), fc.integer({ min: 0, max: 5 }), filter);
  await fc.assert(
    fc.asyncProperty(walk, async ([edges, depth, filter]) => {
      await using store = await openKnowledgeStore(":memory:");
      await using model = await openInmemKnowledgeStore();
      for (const each of [store, model]) {
        for (const id of NODES) {
          const times = { createdAt: MOMENT, updatedAt: MOMENT };
          await each.putEntity("w", { id, type: "node", name: id, ...times });
        }
        for (const input of edges) await each.putRelationship("w", input);
      }
      const [ours, theirs] = [store, model].map((each) => each.traverse("w", "a", depth, filter));
      assertEquals(await ours, await theirs);
      const [listed, expected] = [store, model].map((each) =>
        each.getRelationships("w", "a", { direction: filter.direction })
      );
      assertEquals(await listed, await expected);
    }),
    { numRuns: 200 },
  );
});

/** Writes what the first step of the schema holds, as the version did that made it. */
async function writeFirstVersion(path: string): Promise<void> {
  const migrations = KNOWLEDGE_SCHEMA.migrations.slice(0, 1);
  await openDatabase(path, { ...KNOWLEDGE_SCHEMA, migrations }).close();
  using database = new DatabaseSync(path);
  database.exec(`
    INSERT INTO workspaces VALUES (1, 'ws-1');
    INSERT INTO terms VALUES (1, 'alice'), (2, 'person'), (3, 'bob'), (4, 'knows');
    INSERT INTO entities VALUES (1, 1, 2, 'Alice', '{}', 0, 0), (1, 3, 2, 'Bob', '{}', 0, 0);
  `);
  const insert = database.prepare("INSERT INTO relationships VALUES (?, 1, ?, 4, ?, ?, ?)");
  insert.run(1, 1, 3, packId(UUID), null);
  insert.run(2, 1, 3, "r2", '{"since":2020}');
  insert.run(3, 3, 1, "r3", null);
}

Deno.test("knowledge store takes over the relationships of its first version", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/knowledge.db`;
  await writeFirstVersion(path);
  {
    await using store = await openKnowledgeStore(path);
    await store.putRelationship("ws-1", { id: "r4", fromId: "alice", toId: "bob", type: "knows" });
    await store.putRelationship("ws-1", {
      id: "r3",
      fromId: "alice",
      toId: "alice",
      type: "knows",
    });
    const { entities, relationships } = await store.traverse("ws-1", "alice", 2);
    assertEquals(entities.map(({ name }) => name), ["Alice", "Bob"]);
    assertEquals(
      relationships.map(({ id, toId, metadata }) => [id, toId, metadata]),
      [
        [UUID, "bob", {}],
        ["r2", "bob", { since: 2020 }],
        ["r3", "alice", {}],
        ["r4", "bob", {}],
      ],
    );
    assertEquals(await store.getRelationships("ws-1", "bob", { direction: "outgoing" }), []);
  }
  using database = new DatabaseSync(path, { readOnly: true });
  const triples = database.prepare("SELECT count(*) AS count FROM triples WHERE object = 'bob'");
  assertEquals(triples.get()?.["count"], 3);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("knowledge store walks by the words that another process has put into the file", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/knowledge.db`;
  await using store = await openKnowledgeStore(path);
  await putPeople(store, "Alice", "Bob");
  await store.putRelationship("ws-1", { id: "r1", fromId: "alice", toId: "bob", type: "knows" });
  const before = await store.traverse("ws-1", "alice", 1);
  assertEquals(before.relationships[0]?.toId, "bob");
  {
    using database = new DatabaseSync(path);
    database.exec("UPDATE terms SET text = 'robert' WHERE text = 'bob'");
  }
  const after = await store.traverse("ws-1", "alice", 1);
  assertEquals([after.relationships[0]?.toId, after.entities[1]?.id], ["robert", "robert"]);
  await Deno.remove(directory, { recursive: true });
});
