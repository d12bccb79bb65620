// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import fc from "fast-check";
import type { EntityInput, FactInput, KnowledgeStore } from "../knowledge_store.ts";
import {
  type Case,
  type ConformanceOptions,
  HARD_TEXTS,
  hour,
  HUGE_ID,
  ids,
  registerSuite,
  rejectsWith,
  type ReopenCase,
  UNSTORABLE_TEXTS,
} from "./_suite.ts";

/** Tests that a backend keeps the promises of {@linkcode KnowledgeStore}; see `testSessionStore` for an example. */
export function testKnowledgeStore(
  backend: string,
  options: ConformanceOptions<KnowledgeStore>,
): void {
  registerSuite(`${backend} knowledge store`, options, CASES, REOPEN_CASES);
}

function person(id: string, name = id): EntityInput {
  return { id, type: "person", name, createdAt: hour(0) };
}

function fact(id: string, entityId: string, predicate: string, value: string): FactInput {
  return { id, entityId, predicate, value, createdAt: hour(0) };
}

/** Puts people and edges written as `from-type-to`; each edge has its own text as id. */
async function putGraph(
  store: KnowledgeStore,
  workspaceId: string,
  edges: readonly string[],
): Promise<void> {
  for (const edge of edges) {
    const [fromId = "", type = "", toId = ""] = edge.split("-");
    for (const id of [fromId, toId]) await store.putEntity(workspaceId, person(id));
    await store.putRelationship(workspaceId, { id: edge, fromId, type, toId });
  }
}

const CASES: readonly Case<KnowledgeStore>[] = [
  {
    name: "puts, gives and finds entities",
    async run(store) {
      await store.putEntity("w1", {
        ...person("ent-1", "Alice"),
        properties: { role: "engineer" },
      });
      const alice = await store.getEntity("w1", "ent-1");
      assert.equal(alice.name, "Alice");
      assert.equal(alice.type, "person");
      assert.deepEqual(alice.properties, { role: "engineer" });
      assert.deepEqual(ids(await store.findEntities("w1", { type: "person" })), ["ent-1"]);
      await rejectsWith("not_found", store.getEntity("w1", "nobody"));
    },
  },
  {
    name: "gives back every field of an entity",
    async run(store) {
      const full = {
        id: "e",
        workspaceId: "w1",
        type: "thing",
        name: "Name",
        properties: {
          text: "a\0b",
          number: 7,
          half: 0.5,
          yes: true,
          nothing: null,
          list: [1, { deep: [] }],
          "": "",
          "a.b": 1,
        },
        createdAt: hour(1),
        updatedAt: hour(2),
      } as const;
      await store.putEntity("w1", full);
      assert.deepEqual(await store.getEntity("w1", "e"), full);
    },
  },
  {
    name: "forgets the old name, type and properties of an entity that is put again",
    async run(store) {
      await store.putEntity("w1", {
        ...person("e", "Old Name"),
        properties: { removed: 1, kept: 1 },
      });
      await store.putEntity("w1", {
        ...person("e", "New Name"),
        type: "robot",
        properties: { kept: 2 },
        createdAt: hour(5),
        updatedAt: hour(6),
      });
      const entity = await store.getEntity("w1", "e");
      assert.equal(entity.name, "New Name");
      assert.deepEqual(entity.properties, { kept: 2 });
      assert.deepEqual([entity.createdAt, entity.updatedAt], [hour(0), hour(6)]);
      assert.deepEqual(await store.findEntities("w1", { namePrefix: "Old" }), []);
      assert.deepEqual(await store.findEntities("w1", { type: "person" }), []);
      assert.deepEqual(ids(await store.findEntities("w1", { type: "robot" })), ["e"]);
    },
  },
  {
    name: "finds entities by the letters their names begin with",
    async run(store) {
      const names = ["Ann", "ann", "Anna", "A%n", "A_n", "Bob", "", "\u{10ffff}x", "\u{10ffff}"];
      for (const [index, name] of names.entries()) {
        await store.putEntity("w1", person(`e${index}`, name));
      }
      const byPrefix = async (namePrefix: string) =>
        (await store.findEntities("w1", { namePrefix })).map(({ name }) => name);
      assert.deepEqual(await byPrefix("An"), ["Ann", "Anna"]);
      assert.deepEqual(await byPrefix("A%"), ["A%n"]);
      assert.deepEqual(await byPrefix("A_"), ["A_n"]);
      assert.deepEqual(await byPrefix("\u{10ffff}"), ["\u{10ffff}", "\u{10ffff}x"]);
      assert.equal((await byPrefix("")).length, names.length);
      assert.equal((await store.findEntities("w1", { limit: 2 })).length, 2);
      assert.equal((await store.findEntities("w1", { limit: 0 })).length, names.length);
    },
  },
  {
    name: "orders entities by name, ties by id",
    async run(store) {
      for (
        const [id, name] of [["2", "b"], ["1", "b"], ["3", "a"], ["4", "é"], ["5", "z"]] as const
      ) {
        await store.putEntity("w1", person(id, name));
      }
      assert.deepEqual(ids(await store.findEntities("w1", {})), ["3", "1", "2", "5", "4"]);
    },
  },
  {
    name: "gives the relationships of an entity, each way",
    async run(store) {
      await putGraph(store, "w1", ["alice-works_with-bob", "carol-knows-alice", "bob-knows-carol"]);
      const of = async (direction: "outgoing" | "incoming" | "both") =>
        ids(await store.getRelationships("w1", "alice", { direction }));
      assert.deepEqual(await of("outgoing"), ["alice-works_with-bob"]);
      assert.deepEqual(await of("incoming"), ["carol-knows-alice"]);
      assert.deepEqual(await of("both"), ["alice-works_with-bob", "carol-knows-alice"]);
      assert.deepEqual(ids(await store.getRelationships("w1", "alice")), await of("both"));
      assert.deepEqual(ids(await store.getRelationships("w1", "alice", { type: "knows" })), [
        "carol-knows-alice",
      ]);
      assert.deepEqual(await store.getRelationships("w1", "alice", { type: "hates" }), []);
      assert.equal((await store.getRelationships("w1", "alice", { limit: 1 })).length, 1);
      assert.deepEqual(await store.getRelationships("w1", "nobody"), []);
    },
  },
  {
    name: "gives a relationship of an entity with itself once",
    async run(store) {
      await putGraph(store, "w1", ["alice-trusts-alice"]);
      assert.deepEqual(ids(await store.getRelationships("w1", "alice", { direction: "both" })), [
        "alice-trusts-alice",
      ]);
      const { entities, relationships } = await store.traverse("w1", "alice", 3, {
        direction: "both",
      });
      assert.deepEqual([ids(entities), ids(relationships)], [["alice"], ["alice-trusts-alice"]]);
    },
  },
  {
    name: "moves a relationship that is put again, and forgets where it was",
    async run(store) {
      await putGraph(store, "w1", ["alice-knows-bob"]);
      await store.putEntity("w1", person("carol"));
      const moved = {
        id: "alice-knows-bob",
        fromId: "alice",
        toId: "carol",
        type: "likes",
        metadata: { since: 2020 },
      };
      await store.putRelationship("w1", moved);
      assert.deepEqual(await store.getRelationships("w1", "alice"), [moved]);
      assert.deepEqual(await store.getRelationships("w1", "bob"), []);
    },
  },
  {
    name: "keeps two relationships with the same ends and type",
    async run(store) {
      for (const id of ["r1", "r2"]) {
        await store.putRelationship("w1", {
          id,
          fromId: "a",
          toId: "b",
          type: "paid",
          metadata: { id },
        });
      }
      assert.deepEqual(ids(await store.getRelationships("w1", "a")), ["r1", "r2"]);
    },
  },
  {
    name: "puts and finds facts, the latest learned first",
    async run(store) {
      await store.putEntity("w1", person("alice"));
      await store.putFact("w1", {
        ...fact("fact-1", "alice", "occupation", "software engineer"),
        confidence: 0.95,
      });
      await store.putFact("w1", {
        ...fact("fact-2", "alice", "city", "Berlin"),
        createdAt: hour(2),
      });
      await store.putFact("w1", { ...fact("fact-3", "bob", "city", "Berlin"), createdAt: hour(2) });
      const [first] = await store.findFacts("w1", { entityId: "alice", predicate: "occupation" });
      assert.equal(first?.value, "software engineer");
      assert.equal(first?.confidence, 0.95);
      assert.deepEqual(ids(await store.findFacts("w1", { entityId: "alice" })), [
        "fact-2",
        "fact-1",
      ]);
      assert.deepEqual(ids(await store.findFacts("w1", { predicate: "city" })), [
        "fact-3",
        "fact-2",
      ]);
      assert.deepEqual(ids(await store.findFacts("w1", { limit: 1 })), ["fact-3"]);
      assert.deepEqual(await store.findFacts("w1", { entityId: "nobody" }), []);
    },
  },
  {
    name: "gives back every field of a fact, and replaces by id",
    async run(store) {
      const full = {
        ...fact("f", "alice", "lives_in", "Paris"),
        workspaceId: "w1",
        confidence: 0.5,
        source: "message m1",
        provenance: "untrusted",
        createdAt: hour(1),
        validAt: hour(2),
        invalidAt: hour(3),
      } as const;
      await store.putFact("w1", fact("f", "bob", "was", "else"));
      await store.putFact("w1", full);
      assert.deepEqual(await store.findFacts("w1", {}), [full]);
    },
  },
  {
    name: "finds the facts that held at a moment",
    async run(store) {
      await store.putFact("w1", {
        ...fact("paris", "alice", "lives_in", "Paris"),
        validAt: hour(0),
        invalidAt: hour(5),
      });
      await store.putFact("w1", {
        ...fact("rome", "alice", "lives_in", "Rome"),
        validAt: hour(5),
        createdAt: hour(9),
      });
      const at = async (hours: number) =>
        ids(await store.findFacts("w1", { validAt: hour(hours) }));
      assert.deepEqual(await at(4), ["paris"]);
      assert.deepEqual(await at(5), ["rome"]);
      assert.deepEqual(await at(-1), []);
    },
  },
  {
    name: "keeps facts, relationships and entities apart, whatever their words",
    async run(store) {
      await store.putEntity("w1", {
        ...person("alice", "Alice"),
        properties: { name: "property", type: "property" },
      });
      await store.putEntity("w1", person("bob", "Bob"));
      await store.putFact("w1", fact("f1", "alice", "type", "robot"));
      await store.putFact("w1", fact("f2", "alice", "name", "Mallory"));
      await store.putFact("w1", fact("f3", "alice", "knows", "bob"));
      await store.putRelationship("w1", { id: "f3", fromId: "alice", type: "knows", toId: "bob" });
      const alice = await store.getEntity("w1", "alice");
      assert.deepEqual([alice.type, alice.name], ["person", "Alice"]);
      assert.deepEqual(alice.properties, { name: "property", type: "property" });
      assert.equal((await store.findFacts("w1", { entityId: "alice" })).length, 3);
      assert.deepEqual(ids(await store.getRelationships("w1", "alice")), ["f3"]);
      await store.putFact("w1", fact("f3", "alice", "knows", "nobody"));
      assert.deepEqual((await store.getRelationships("w1", "alice")).map(({ toId }) => toId), [
        "bob",
      ]);
    },
  },
  {
    name: "traverses level by level",
    async run(store) {
      await putGraph(store, "w1", ["alice-knows-bob", "bob-knows-charlie", "charlie-knows-dora"]);
      const two = await store.traverse("w1", "alice", 2);
      assert.deepEqual(ids(two.entities), ["alice", "bob", "charlie"]);
      assert.deepEqual(ids(two.relationships), ["alice-knows-bob", "bob-knows-charlie"]);
      const none = await store.traverse("w1", "alice", 0);
      assert.deepEqual([ids(none.entities), ids(none.relationships)], [["alice"], []]);
      assert.deepEqual(ids((await store.traverse("w1", "alice", 9, { maxDepth: 1 })).entities), [
        "alice",
        "bob",
      ]);
      assert.equal((await store.traverse("w1", "alice", 100)).entities.length, 4);
      await rejectsWith("not_found", store.traverse("w1", "nobody", 1));
      await rejectsWith("not_found", store.traverse("nowhere", "alice", 1));
    },
  },
  {
    name: "follows edges forward, backward or both ways, and only the types asked for",
    async run(store) {
      await putGraph(store, "w1", ["a-knows-b", "c-knows-b", "b-likes-d"]);
      const reached = async (filter: Parameters<KnowledgeStore["traverse"]>[3]) =>
        ids((await store.traverse("w1", "b", 5, filter)).entities);
      assert.deepEqual(await reached({}), ["b", "d"]);
      assert.deepEqual(await reached({ direction: "incoming" }), ["b", "a", "c"]);
      assert.deepEqual(await reached({ direction: "both" }), ["b", "a", "c", "d"]);
      assert.deepEqual(await reached({ direction: "both", relationshipTypes: ["likes"] }), [
        "b",
        "d",
      ]);
      assert.deepEqual(await reached({ relationshipTypes: ["hates"] }), ["b"]);
      assert.deepEqual(await reached({ relationshipTypes: [] }), ["b", "d"]);
    },
  },
  {
    name: "ends in cycles, and walks each edge once",
    async run(store) {
      await putGraph(store, "w1", ["a-knows-b", "b-knows-c", "c-knows-a", "a-likes-b"]);
      const { entities, relationships } = await store.traverse("w1", "a", 50);
      assert.deepEqual(ids(entities), ["a", "b", "c"]);
      assert.deepEqual(ids(relationships), ["a-knows-b", "a-likes-b", "b-knows-c", "c-knows-a"]);
    },
  },
  {
    name: "does not walk through shared values",
    async run(store) {
      for (const id of ["alice", "bob"]) {
        await store.putEntity("w1", { ...person(id), properties: { city: "Berlin" } });
        await store.putFact("w1", fact(`${id} lives`, id, "lives_in", "Berlin"));
      }
      await store.putFact("w1", fact("pointing", "alice", "admires", "bob"));
      assert.deepEqual(
        ids((await store.traverse("w1", "alice", 5, { direction: "both" })).entities),
        ["alice"],
      );
    },
  },
  {
    name: "walks past ids that no entity has",
    async run(store) {
      await store.putEntity("w1", person("a"));
      await store.putEntity("w1", person("c"));
      await store.putRelationship("w1", { id: "r1", fromId: "a", toId: "ghost", type: "knows" });
      await store.putRelationship("w1", { id: "r2", fromId: "ghost", toId: "c", type: "knows" });
      const { entities, relationships } = await store.traverse("w1", "a", 2);
      assert.deepEqual([ids(entities), ids(relationships)], [["a", "c"], ["r1", "r2"]]);
    },
  },
  {
    name: "agrees with a plain walk over random graphs, and never leaves the workspace",
    async run(store) {
      const node = fc.constantFrom("a", "b", "c", "d", "e", "f");
      const edge = fc.record({
        from: node,
        to: node,
        type: fc.constantFrom("t1", "t2"),
        workspace: fc.constantFrom("w1", "w2"),
      });
      let round = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(edge, { maxLength: 15 }),
          fc.integer({ min: 0, max: 4 }),
          async (edges, depth) => {
            const prefix = `${round++}:`;
            for (const workspace of ["w1", "w2"]) {
              for (const id of "abcdef") await store.putEntity(prefix + workspace, person(id));
            }
            for (const [index, { from, to, type, workspace }] of edges.entries()) {
              await store.putRelationship(prefix + workspace, {
                id: `r${index}`,
                fromId: from,
                toId: to,
                type,
              });
            }
            let reached = new Set(["a"]);
            for (let step = 0; step < depth; step++) {
              const ends = edges.filter(({ from, workspace }) =>
                workspace === "w1" && reached.has(from)
              ).map(({ to }) => to);
              reached = new Set([...reached, ...ends]);
            }
            const { entities } = await store.traverse(`${prefix}w1`, "a", depth);
            assert.deepEqual(ids(entities).sort(), [...reached].sort());
          },
        ),
        { numRuns: 25 },
      );
    },
  },
  {
    name: "gives back hard texts as they were",
    async run(store) {
      for (const [index, text] of HARD_TEXTS.entries()) {
        await store.putEntity("w1", { ...person(`e${index}`, text), properties: { text } });
        await store.putFact("w1", fact(`f${index}`, `e${index}`, `p${text}`, text));
        const entity = await store.getEntity("w1", `e${index}`);
        assert.deepEqual([entity.name, entity.properties["text"]], [text, text]);
        const [kept] = await store.findFacts("w1", { entityId: `e${index}` });
        assert.deepEqual([kept?.predicate, kept?.value], [`p${text}`, text]);
      }
    },
  },
  {
    name: "refuses malformed arguments, and everything once closed",
    async run(store) {
      const bad = (value: unknown) => value as never;
      const calls = [
        () => store.putEntity("w1", person("")),
        () => store.putEntity("", person("e")),
        () => store.putEntity("w1", person(HUGE_ID)),
        () => store.putEntity("w1", { ...person("e"), type: "" }),
        () => store.putEntity("w1", { ...person("e"), workspaceId: "w2" }),
        () => store.putEntity("w1", { ...person("e"), properties: { bad: NaN } }),
        () => store.putEntity("w1", { ...person("e"), properties: { bad: bad(undefined) } }),
        () => store.putEntity("w1", { ...person("e"), properties: { bad: bad(new Date()) } }),
        () => store.putEntity("w1", { ...person("e"), properties: bad([]) }),
        () => store.putRelationship("w1", { id: "r", fromId: "", toId: "b", type: "t" }),
        () => store.putRelationship("w1", { id: "r", fromId: "a", toId: "b", type: "" }),
        () => store.putFact("w1", { ...fact("f", "e", "p", "v"), confidence: 1.1 }),
        () => store.putFact("w1", { ...fact("f", "e", "p", "v"), confidence: NaN }),
        () => store.putFact("w1", { ...fact("f", "e", "p", "v"), provenance: bad("god") }),
        () => store.getRelationships("w1", "a", { direction: bad("up") }),
        () => store.getRelationships("w1", "a", { limit: -1 }),
        () => store.findEntities("w1", { limit: 10_001 }),
        () => store.findFacts("w1", { validAt: new Date(NaN) }),
        () => store.traverse("w1", "a", -1),
        () => store.traverse("w1", "a", 101),
        () => store.traverse("w1", "a", 1, { maxDepth: -1 }),
        ...UNSTORABLE_TEXTS.flatMap((text) => [
          () => store.putEntity("w1", person("e", text)),
          () => store.putFact("w1", fact("f", "e", "p", text)),
        ]),
      ];
      for (const call of calls) await rejectsWith("invalid_input", call());
      assert.deepEqual(await store.findEntities("w1", {}), []);
      await store.close();
      await store.close();
      await rejectsWith("closed", store.findFacts("w1", {}));
    },
  },
];

const REOPEN_CASES: readonly ReopenCase<KnowledgeStore>[] = [
  {
    name: "finds what is known after reopening",
    async before(store) {
      await putGraph(store, "w1", ["alice-knows-bob"]);
      await store.putFact("w1", fact("f", "alice", "city", "Rome"));
    },
    async after(store) {
      assert.deepEqual(ids((await store.traverse("w1", "alice", 1)).entities), ["alice", "bob"]);
      assert.deepEqual(ids(await store.findFacts("w1", { entityId: "alice" })), ["f"]);
    },
  },
];
