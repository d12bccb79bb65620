// SPDX-License-Identifier: Apache-2.0

/**
 * The words and fields of the contracts. Each list of fields is typed so that it does not compile
 * when it misses one or has one too many.
 */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  type Entity,
  type ListOptions,
  MESSAGE_ROLES,
  type MessageRole,
  PAIRING_STATUSES,
  type PairingStatus,
  type SearchOptions,
  SESSION_STATUSES,
  type SessionStatus,
  type VectorResult,
} from "./mod.ts";
import { openSessionStore } from "./sqlite/mod.ts";

/** Every key of a type, none left out. */
type Every<Key extends PropertyKey> = Readonly<Record<Key, true>>;

Deno.test("session status values", () => {
  const every: Every<SessionStatus> = { active: true, paused: true, archived: true };
  assertEquals(SESSION_STATUSES, ["active", "paused", "archived"]);
  assertEquals(SESSION_STATUSES.toSorted(), Object.keys(every).sort());
});

Deno.test("message role values", () => {
  const every: Every<MessageRole> = { user: true, assistant: true, system: true, tool: true };
  assertEquals(MESSAGE_ROLES, ["user", "assistant", "system", "tool"]);
  assertEquals(MESSAGE_ROLES.toSorted(), Object.keys(every).sort());
});

Deno.test("pairing status values", () => {
  const every: Every<PairingStatus> = { active: true, pending: true, denied: true };
  assertEquals(PAIRING_STATUSES, ["active", "pending", "denied"]);
  assertEquals(PAIRING_STATUSES.toSorted(), Object.keys(every).sort());
});

Deno.test("list options defaults", async () => {
  await using store = await openSessionStore(":memory:");
  for (let n = 0; n < 101; n++) {
    await store.createSession({ id: `s${n}`, workspaceId: "ws-1", userId: "usr-1" });
  }
  const none: ListOptions = {};
  const zero: Required<Pick<ListOptions, "limit" | "offset">> = { limit: 0, offset: 0 };
  const first = await store.listSessions("ws-1", none);
  assertEquals(first.length, 100);
  assertEquals(await store.listSessions("ws-1", zero), first);
  assertEquals(await store.listSessions("ws-1"), first);
});

Deno.test("search options fields", () => {
  const every: Every<keyof SearchOptions> = {
    limit: true,
    offset: true,
    order: true,
    sessionId: true,
    roles: true,
    range: true,
    signal: true,
  };
  const options = {
    limit: 10,
    offset: 0,
    order: "newest",
    sessionId: "sess-1",
    roles: ["user"],
    range: { from: new Date(0), to: new Date(1) },
    signal: AbortSignal.abort(),
  } as const satisfies Required<SearchOptions>;
  assertEquals(options.limit, 10);
  assertEquals(Object.keys(options), Object.keys(every));
});

Deno.test("vector result fields", () => {
  const every: Every<keyof VectorResult> = { id: true, score: true, metadata: true };
  const result = {
    id: "vec-1",
    score: 0.95,
    metadata: { source: "test" },
  } satisfies VectorResult;
  assertEquals(result.id, "vec-1");
  assertAlmostEquals(result.score, 0.95, 0.001);
  assertEquals(Object.keys(result), Object.keys(every));
});

Deno.test("entity fields", () => {
  const every: Every<keyof Entity> = {
    id: true,
    workspaceId: true,
    type: true,
    name: true,
    properties: true,
    createdAt: true,
    updatedAt: true,
  };
  const entity = {
    id: "ent-1",
    workspaceId: "ws-1",
    type: "person",
    name: "Alice",
    properties: { role: "engineer" },
    createdAt: new Date(),
    updatedAt: new Date(),
  } satisfies Entity;
  assertEquals(entity.type, "person");
  assertEquals(Object.keys(entity), Object.keys(every));
});
