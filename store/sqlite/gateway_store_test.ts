// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import type { AuditEntryInput, AuditFilter } from "../audit_store.ts";
import { StoreError } from "../errors.ts";
import { openGatewayStore as openMemoryGatewayStore } from "../inmem/mod.ts";
import { AUDIT_BATCH, GATEWAY_SCHEMA } from "./_gateway_schema.ts";
import { migrate } from "./_migrate.ts";
import { openGatewayStore } from "./gateway_store.ts";

Deno.test("user store CRUD", async () => {
  await using store = await openGatewayStore(":memory:");
  const { users } = store;
  const user = {
    id: "usr-1",
    name: "Alice",
    role: "admin",
    identities: [{ channel: "telegram", platformId: "123" }],
  };
  await users.create(user);
  assertEquals((await users.get("usr-1")).name, "Alice");
  assertEquals((await users.getByExternalId("telegram", "123")).id, "usr-1");
  await users.update({ ...user, name: "Alice Smith" });
  assertEquals((await users.list()).map(({ name }) => name), ["Alice Smith"]);
  await users.delete("usr-1");
  await assertRejects(() => users.get("usr-1"), StoreError);
});

Deno.test("a change of a user counts at once, whoever asked for the user before", async (t) => {
  const directory = await Deno.makeTempDir();
  {
    await using store = await openGatewayStore(`${directory}/gateway.db`);
    await using other = await openGatewayStore(`${directory}/gateway.db`);
    const user = { id: "usr-1", name: "Alice" };
    await store.users.create({ ...user, role: "admin" });
    const role = async ({ users }: typeof store) => (await users.get("usr-1")).role;
    const know = async () => [await role(store), await role(store), await role(other)];
    await t.step("in the same store", async () => {
      assertEquals(await know(), ["admin", "admin", "admin"]);
      const waiting = store.users.update({ ...user, role: "guest" });
      assertEquals(await role(store), "guest");
      await waiting;
      assertEquals(await know(), ["guest", "guest", "guest"]);
    });
    await t.step("in another one", async () => {
      await other.users.update({ ...user, role: "member" });
      assertEquals(await role(store), "member");
    });
    await t.step("though it failed", async () => {
      await assertRejects(() => store.users.create({ ...user, role: "admin" }), StoreError);
      assertEquals(await know(), ["member", "member", "member"]);
    });
    await t.step("when it is the last one", async () => {
      await other.users.delete("usr-1");
      await assertRejects(() => store.users.get("usr-1"), StoreError);
    });
    await t.step("and what was given is nobody else's", async () => {
      await store.users.create({ ...user, identities: [{ channel: "c", platformId: "p" }] });
      for (let asked = 0; asked < 2; asked++) {
        const given = await store.users.get("usr-1");
        assertEquals(given.identities.length, 1);
        Object.assign(given, { role: "admin", identities: [] });
        given.createdAt.setTime(0);
      }
      assertEquals(await role(store), "member");
    });
  }
  await Deno.remove(directory, { recursive: true });
});

Deno.test("pairing store CRUD", async () => {
  await using store = await openGatewayStore(":memory:");
  const { users, pairings } = store;
  await users.create({ id: "usr-1", name: "Alice" });
  await pairings.create({
    id: "pair-1",
    userId: "usr-1",
    channelType: "telegram",
    channelId: "chat-1",
    workspaceId: "ws-1",
    status: "active",
  });
  assertEquals((await pairings.getByChannel("telegram", "chat-1")).id, "pair-1");
  assertEquals((await pairings.getByUser("usr-1")).length, 1);
  await pairings.delete("pair-1");
  await assertRejects(() => pairings.getByChannel("telegram", "chat-1"), StoreError);
});

Deno.test("audit store append and query", async () => {
  await using store = await openGatewayStore(":memory:");
  const { auditLog } = store;
  for (const [index, action] of ["login", "tool.execute", "login"].entries()) {
    await auditLog.append({
      id: `audit-${index}`,
      action,
      actor: "usr-1",
      workspaceId: "ws-1",
      result: "ok",
    });
  }
  assertEquals((await auditLog.query({})).length, 3);
  assertEquals((await auditLog.query({ action: "login" })).length, 2);
  assertEquals((await auditLog.query({ actor: "usr-2" })).length, 0);
});

Deno.test("audit store gives the same entries as the one in memory, however many are indexed", async (t) => {
  await using store = await openGatewayStore(":memory:");
  await using expected = await openMemoryGatewayStore();
  for (let index = 0; index < 3 * AUDIT_BATCH; index++) {
    const entry = auditEntry(index);
    await Promise.all([store.auditLog.append(entry), expected.auditLog.append(entry)]);
    if (![0, 1, 62, 63, 64, 65, 127, 150, 191].includes(index)) continue;
    await t.step(`${index + 1} entries`, async () => {
      for (const filter of AUDIT_FILTERS) {
        assertEquals(await store.auditLog.query(filter), await expected.auditLog.query(filter));
      }
    });
  }
});

Deno.test("audit store keeps and seals entries that come together as those that come alone", async (t) => {
  await using store = await openGatewayStore(":memory:");
  await using expected = await openMemoryGatewayStore();
  let next = 0;
  for (const size of [3, 59, 1, 5, 4, 200, 2]) {
    const entries = Array.from({ length: size }, () => auditEntry(next++));
    await Promise.all(entries.map((entry) => store.auditLog.append(entry)));
    for (const entry of entries) await expected.auditLog.append(entry);
    await t.step(`${next} entries`, async () => {
      for (const filter of AUDIT_FILTERS) {
        assertEquals(await store.auditLog.query(filter), await expected.auditLog.query(filter));
      }
      assertEquals(await store.auditLog.verify(), { status: "intact", entries: next });
    });
  }
});

Deno.test("of audit entries that come together, only those fail that cannot be kept", async () => {
  await using store = await openGatewayStore(":memory:");
  for (const index of [5, 8]) await store.auditLog.append(auditEntry(index));
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, (_, index) => store.auditLog.append(auditEntry(index))),
  );
  const failed = outcomes.flatMap(({ status }, index) => status === "rejected" ? [index] : []);
  assertEquals(failed, [5, 8]);
  assertEquals(await store.auditLog.verify(), { status: "intact", entries: 10 });
});

Deno.test("audit store finds what was written before its indexes were filled in batches", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/gateway.db`;
  {
    using database = new DatabaseSync(path);
    const { kind, migrations } = GATEWAY_SCHEMA;
    migrate(database, path, { kind, migrations: migrations.slice(0, 2) });
    const insert = database.prepare(
      "INSERT INTO audit_log VALUES (?, ?, ?, 'login', 'ada', '', '', '', '{}', 'ok', x'')",
    );
    for (let number = 1; number <= 100; number++) insert.run(number, `a${number}`, 1000 - number);
  }
  await using store = await openGatewayStore(path);
  await store.auditLog.append({ id: "new", action: "login", actor: "ada", result: "ok" });
  const found = (await store.auditLog.query({ actor: "ada", limit: 200 })).map(({ id }) => id);
  assertEquals(found, ["new", ...Array.from({ length: 100 }, (_, index) => `a${index + 1}`)]);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("audit store verify() finds an entry that is kept from queries", async (t) => {
  for (
    const [change, brokenId] of [["is_indexed = 0", "audit-70"], ["is_indexed = 1", undefined]]
  ) {
    await t.step(`${change}`, async () => {
      const directory = await Deno.makeTempDir();
      const path = `${directory}/gateway.db`;
      {
        await using store = await openGatewayStore(path);
        const entries = Array.from(
          { length: 2 * AUDIT_BATCH + 5 },
          (_, index) => auditEntry(index),
        );
        await Promise.all(entries.map((entry) => store.auditLog.append(entry)));
        assertEquals(await store.auditLog.verify(), { status: "intact", entries: entries.length });
      }
      using database = new DatabaseSync(path);
      database.exec(`UPDATE audit_log SET ${change} WHERE id IN ('audit-70', 'audit-130')`);
      await using store = await openGatewayStore(path);
      const found = await store.auditLog.query({ limit: 200 });
      const isHidden = !found.some(({ id }) => id === "audit-70");
      assertEquals([isHidden, found.filter(({ id }) => id === "audit-130").length], [
        brokenId !== undefined,
        1,
      ]);
      const result = await store.auditLog.verify();
      assertEquals(result.status === "broken" ? result.brokenId : undefined, brokenId);
      await Deno.remove(directory, { recursive: true });
    });
  }
});

/** Times that go back and forth, and several of each kind. */
function auditEntry(index: number): AuditEntryInput {
  return {
    id: `audit-${index}`,
    timestamp: new Date((index * 37) % 50),
    action: index % 3 === 0 ? "login" : "tool.execute",
    actor: `usr-${index % 7}`,
    plugin: index % 5 === 0 ? "weather" : "",
    workspaceId: index % 4 === 0 ? "home" : "",
    result: "ok",
  };
}

const AUDIT_FILTERS: readonly AuditFilter[] = [
  {},
  { limit: 7, offset: 60 },
  { action: "login" },
  { actor: "usr-3", limit: 3, offset: 1 },
  { plugin: "weather" },
  { workspaceId: "home", from: new Date(10), to: new Date(40) },
  { actor: "usr-2", action: "login", plugin: "weather" },
  { from: new Date(49) },
];

Deno.test("audit store verify() finds a changed and a removed entry", async (t) => {
  const tamperings = {
    changed: "UPDATE audit_log SET result = 'ok' WHERE id = 'audit-1'",
    removed: "DELETE FROM audit_log WHERE id = 'audit-1'",
  };
  for (const [name, sql] of Object.entries(tamperings)) {
    await t.step(name, async () => {
      const directory = await Deno.makeTempDir();
      const path = `${directory}/gateway.db`;
      {
        await using store = await openGatewayStore(path);
        for (let index = 0; index < 3; index++) {
          await store.auditLog.append({
            id: `audit-${index}`,
            action: "login",
            actor: "eve",
            result: "denied",
          });
        }
        assertEquals(await store.auditLog.verify(), { status: "intact", entries: 3 });
      }
      using database = new DatabaseSync(path);
      database.exec(sql);
      await using store = await openGatewayStore(path);
      const { status, entries } = await store.auditLog.verify();
      assertEquals({ status, entries }, { status: "broken", entries: 1 });
      await Deno.remove(directory, { recursive: true });
    });
  }
});
