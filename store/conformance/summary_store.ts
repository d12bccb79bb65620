// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import type { SummaryInput, SummaryStore } from "../summary_store.ts";
import {
  type Case,
  type ConformanceOptions,
  HARD_TEXTS,
  hour,
  ids,
  registerSuite,
  rejectsWith,
  type ReopenCase,
  UNSTORABLE_TEXTS,
} from "./_suite.ts";

/** Tests that a backend keeps the promises of {@linkcode SummaryStore}; see `testSessionStore` for an example. */
export function testSummaryStore(backend: string, options: ConformanceOptions<SummaryStore>): void {
  registerSuite(`${backend} summary store`, options, CASES, REOPEN_CASES);
}

function summary(id: string, from: number, to: number, content = id): SummaryInput {
  return { id, fromTime: hour(from), toTime: hour(to), content, createdAt: hour(to) };
}

const CASES: readonly Case<SummaryStore>[] = [
  {
    name: "stores summaries, and gives them by range and the latest first",
    async run(store) {
      await store.store("w1", summary("sum-1", 0, 1, "Discussion about K8s"));
      await store.store("w1", summary("sum-2", 1, 2, "Terraform planning"));
      await store.store("w1", summary("sum-3", 2, 3, "Monitoring setup"));
      assert.deepEqual(ids(await store.getByRange("w1", { from: hour(0), to: hour(2) })), [
        "sum-1",
        "sum-2",
      ]);
      const latest = await store.getLatest("w1", 2);
      assert.deepEqual(latest.map(({ content }) => content), [
        "Monitoring setup",
        "Terraform planning",
      ]);
    },
  },
  {
    name: "gives what shares time with a range, both half-open",
    async run(store) {
      await store.store("w1", summary("long", 0, 10));
      await store.store("w1", summary("moment", 5, 5));
      const range = async (from: number, to: number) =>
        ids(await store.getByRange("w1", { from: hour(from), to: hour(to) }));
      assert.deepEqual(await range(4, 6), ["long", "moment"]);
      assert.deepEqual(await range(5, 6), ["long", "moment"]);
      assert.deepEqual(await range(4, 5), ["long"]);
      assert.deepEqual(await range(10, 11), []);
      assert.deepEqual(await range(0, 0), []);
    },
  },
  {
    name: "gives back every field, and replaces by id",
    async run(store) {
      const full = {
        ...summary("s", 1, 2),
        workspaceId: "w1",
        messageIds: ["m1", "m2"],
        status: "confirmed",
        createdAt: hour(3),
      } as const;
      await store.store("w1", { ...full, content: "draft", status: "pending" });
      assert.deepEqual(await store.getLatest("w1", 9), []);
      assert.deepEqual(ids(await store.getLatest("w1", 9, { status: "pending" })), ["s"]);
      await store.store("w1", full);
      assert.deepEqual(await store.getLatest("w1", 9), [full]);
      assert.deepEqual(await store.getLatest("w1", 9, { status: "pending" }), []);
    },
  },
  {
    name: "orders ties by id",
    async run(store) {
      for (const id of ["b", "c", "a"]) await store.store("w1", summary(id, 1, 2));
      assert.deepEqual(ids(await store.getByRange("w1", { from: hour(0), to: hour(9) })), [
        "a",
        "b",
        "c",
      ]);
      assert.deepEqual(ids(await store.getLatest("w1", 2)), ["c", "b"]);
      assert.deepEqual(ids(await store.getLatest("w1", 0)), []);
    },
  },
  {
    name: "keeps workspaces apart, and deletes by id",
    async run(store) {
      await store.store("w1", summary("s", 1, 2, "one"));
      await store.store("w2", summary("s", 1, 2, "two"));
      assert.equal(await store.deleteByIds("w1", ["s", "s", "nobody"]), 1);
      assert.deepEqual(await store.getLatest("w1", 9), []);
      assert.deepEqual((await store.getLatest("w2", 9)).map(({ content }) => content), ["two"]);
      assert.equal(await store.deleteByIds("nowhere", ["s"]), 0);
    },
  },
  {
    name: "gives back hard texts as they were",
    async run(store) {
      for (const [index, text] of HARD_TEXTS.entries()) {
        await store.store("w1", { ...summary(`s${String(index).padStart(3, "0")}`, 1, 2, text) });
      }
      const kept = await store.getByRange("w1", { from: hour(0), to: hour(9) });
      assert.deepEqual(kept.map(({ content }) => content), HARD_TEXTS);
    },
  },
  {
    name: "refuses malformed arguments, and everything once closed",
    async run(store) {
      const bad = (value: unknown) => value as never;
      const calls = [
        () => store.store("w1", summary("s", 2, 1)),
        () => store.store("w1", summary("", 1, 2)),
        () => store.store("w1", { ...summary("s", 1, 2), workspaceId: "w2" }),
        () => store.store("w1", { ...summary("s", 1, 2), status: bad("maybe") }),
        () => store.store("w1", { ...summary("s", 1, 2), messageIds: bad("m1") }),
        () => store.getByRange("w1", { from: hour(2), to: hour(1) }),
        () => store.getLatest("w1", -1),
        () => store.getLatest("w1", 1, { status: bad("maybe") }),
        ...UNSTORABLE_TEXTS.map((text) => () => store.store("w1", summary("s", 1, 2, text))),
      ];
      for (const call of calls) await rejectsWith("invalid_input", call());
      await store.close();
      await store.close();
      await rejectsWith("closed", store.getLatest("w1", 1));
    },
  },
];

const REOPEN_CASES: readonly ReopenCase<SummaryStore>[] = [
  {
    name: "finds summaries after reopening",
    before: (store) => store.store("w1", { ...summary("s", 1, 2, "kept"), messageIds: ["m1"] }),
    async after(store) {
      const [kept] = await store.getLatest("w1", 1);
      assert.equal(kept?.content, "kept");
      assert.deepEqual(kept?.messageIds, ["m1"]);
    },
  },
];
