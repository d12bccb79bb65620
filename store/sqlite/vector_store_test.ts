// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { testVectorStore } from "../conformance/vector_store.ts";
import { openVectorStore } from "./vector_store.ts";

testVectorStore("sqlite", { open: () => openVectorStore(":memory:") });

Deno.test("vector store store and search", async () => {
  await using store = await openVectorStore(":memory:");
  await store.store("v1", [1, 0, 0], { source: "test1" });
  await store.store("v2", [0, 1, 0], { source: "test2" });
  await store.store("v3", [0.9, 0.1, 0], { source: "test3" });
  const results = await store.search([1, 0, 0], 2);
  assertEquals(results.length, 2);
  assertEquals(results[0]?.id, "v1");
});

Deno.test("vector store delete", async () => {
  await using store = await openVectorStore(":memory:");
  await store.store("v1", [1, 0, 0]);
  await store.delete(["v1"]);
  assertEquals(await store.search([1, 0, 0], 10), []);
});
