// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { StoreError } from "../errors.ts";
import { openKnowledgeStore } from "../inmem/mod.ts";
import type { FactInput } from "../knowledge_store.ts";
import { learnFact } from "./learn_fact.ts";

const ABOUT = { entityId: "ada", predicate: "lives_in" };
const OPTIONS = { singleValued: ["lives_in"] };

Deno.test("learnFact() lets a newer fact end the one that it contradicts", async () => {
  await using knowledge = await openKnowledgeStore();
  const since = new Date("2020-01-01");
  const moved = new Date("2025-06-01");
  const first: FactInput = { id: "f1", ...ABOUT, value: "Lisbon", validAt: since, source: "m1" };
  await learnFact(knowledge, "home", first, OPTIONS);
  const second: FactInput = {
    id: "f2",
    ...ABOUT,
    value: "Porto",
    validAt: moved,
    provenance: "agent",
  };
  const { fact, wasKnown, closed } = await learnFact(knowledge, "home", second, OPTIONS);
  assertEquals([fact.id, fact.invalidAt, wasKnown], ["f2", null, false]);
  assertEquals(closed.map(({ id, invalidAt }) => [id, invalidAt]), [["f1", moved]]);
  const at = async (validAt: Date) =>
    (await knowledge.findFacts("home", { ...ABOUT, validAt })).map(({ value }) => value);
  assertEquals(await at(new Date("2021-01-01")), ["Lisbon"]);
  assertEquals(await at(moved), ["Porto"]);
  const all = await knowledge.findFacts("home", ABOUT);
  assertEquals(all.length, 2);
  const old = all.find(({ id }) => id === "f1");
  assertEquals([old?.source, old?.provenance, old?.validAt], ["m1", "user", since]);
});

Deno.test("learnFact() lets a fact about the past end where the next one begins", async () => {
  await using knowledge = await openKnowledgeStore();
  const later: FactInput = { id: "f1", ...ABOUT, value: "Porto", validAt: new Date("2025-01-01") };
  await learnFact(knowledge, "home", later, OPTIONS);
  const past: FactInput = { id: "f2", ...ABOUT, value: "Lisbon", validAt: new Date("2020-01-01") };
  const { fact, closed } = await learnFact(knowledge, "home", past, OPTIONS);
  assertEquals(fact.invalidAt, new Date("2025-01-01"));
  assertEquals(closed, []);
});

Deno.test("learnFact() does not keep again what is known", async () => {
  await using knowledge = await openKnowledgeStore();
  await learnFact(knowledge, "home", { id: "f1", ...ABOUT, value: "Porto" }, OPTIONS);
  const again = await learnFact(knowledge, "home", { id: "f2", ...ABOUT, value: "Porto" }, OPTIONS);
  assertEquals([again.fact.id, again.wasKnown], ["f1", true]);
  assertEquals((await knowledge.findFacts("home", ABOUT)).length, 1);
});

Deno.test("learnFact() lets facts stand side by side unless their predicate is single-valued", async () => {
  await using knowledge = await openKnowledgeStore();
  const likes = { entityId: "ada", predicate: "likes" };
  for (const value of ["tea", "soup"]) {
    const { closed } = await learnFact(knowledge, "home", { id: value, ...likes, value }, OPTIONS);
    assertEquals(closed, []);
  }
  const options = { singleValued: true } as const;
  const { closed } = await learnFact(
    knowledge,
    "home",
    { id: "f", ...likes, value: "rest" },
    options,
  );
  assertEquals(closed.length, 2);
});

Deno.test("learnFact() leaves facts of others alone", async () => {
  await using knowledge = await openKnowledgeStore();
  await learnFact(knowledge, "home", { id: "f1", ...ABOUT, value: "Porto" }, OPTIONS);
  await learnFact(
    knowledge,
    "home",
    { ...ABOUT, id: "f2", entityId: "ben", value: "Faro" },
    OPTIONS,
  );
  await learnFact(knowledge, "work", { ...ABOUT, id: "f3", value: "Braga" }, OPTIONS);
  const facts = await knowledge.findFacts("home", { predicate: "lives_in" });
  assertEquals(facts.map(({ invalidAt }) => invalidAt), [null, null]);
});

Deno.test("learnFact() refuses what is untrusted or malformed", async (t) => {
  await using knowledge = await openKnowledgeStore();
  const fact = { id: "f1", ...ABOUT, value: "Porto" };
  const cases: readonly (readonly [string, FactInput, string])[] = [
    ["untrusted", { ...fact, provenance: "untrusted" }, "untrusted"],
    ["no id", { ...fact, id: "" }, "id is empty"],
    ["confidence", { ...fact, confidence: 2 }, "confidence"],
    ["date", { ...fact, validAt: new Date(NaN) }, "validAt"],
  ];
  for (const [name, input, reason] of cases) {
    await t.step(name, async () => {
      const run = () => learnFact(knowledge, "home", input, OPTIONS);
      const error = await assertRejects(run, StoreError, reason);
      assertEquals(error.code, "invalid_input");
      assertEquals(await knowledge.findFacts("home", {}), []);
    });
  }
});

Deno.test("learnFact() keeps one value at every moment, in whatever order facts are learned", async () => {
  const fact = fc.record({ day: fc.nat(20), value: fc.constantFrom("a", "b", "c") });
  await fc.assert(fc.asyncProperty(fc.array(fact, { maxLength: 8 }), async (list) => {
    await using knowledge = await openKnowledgeStore();
    for (const [index, { day, value }] of list.entries()) {
      const validAt = new Date(day * 86_400_000);
      await learnFact(knowledge, "home", { id: `${index}`, ...ABOUT, value, validAt }, OPTIONS);
    }
    for (let day = 0; day <= 21; day++) {
      const validAt = new Date(day * 86_400_000);
      const holding = await knowledge.findFacts("home", { ...ABOUT, validAt });
      assert(holding.length <= 1, `${holding.length} facts hold on day ${day}`);
      const began = list.some((each) => each.day <= day);
      assertEquals(holding.length, began ? 1 : 0);
    }
  }));
});
