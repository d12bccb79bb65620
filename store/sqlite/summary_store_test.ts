// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { openSummaryStore } from "./summary_store.ts";

Deno.test("summary store store and retrieve", async () => {
  await using store = await openSummaryStore(":memory:");
  const hour = (hours: number) => new Date(Date.UTC(2026, 0, 1, hours));
  for (
    const [index, content] of ["Discussion about K8s", "Terraform planning", "Monitoring setup"]
      .entries()
  ) {
    await store.store("ws-1", {
      id: `sum-${index + 1}`,
      workspaceId: "ws-1",
      fromTime: hour(index),
      toTime: hour(index + 1),
      content,
      createdAt: hour(index + 1),
    });
  }
  assertEquals((await store.getByRange("ws-1", { from: hour(0), to: hour(2) })).length, 2);
  const latest = await store.getLatest("ws-1", 2);
  assertEquals(latest.length, 2);
  assertEquals(latest[0]?.content, "Monitoring setup");
});
