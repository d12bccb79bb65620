// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { makeConfig } from "@sigil/config";
import { StoreError } from "@sigil/store";
import { openGatewayStore } from "@sigil/store/inmem";
import { syncUsers } from "./sync_users.ts";

const CHANNELS = { telegram: {} };

function configWith(role: "admin" | "member", platformId: string) {
  const identities = [{ channel: "telegram", platform_id: platformId }];
  return makeConfig({ channels: CHANNELS, users: { ada: { name: "Ada", role, identities } } });
}

Deno.test("syncUsers() adds the owner and the configured users", async () => {
  await using store = await openGatewayStore();
  await syncUsers(store.users, configWith("member", "1"));
  const users = await store.users.list();
  assertEquals(users.map(({ id, name, role }) => [id, name, role]), [
    ["ada", "Ada", "member"],
    ["owner", "Owner", "admin"],
  ]);
  assertEquals((await store.users.getByExternalId("telegram", "1")).id, "ada");
});

Deno.test("syncUsers() brings users up to date, and keeps tokens and other users", async () => {
  await using store = await openGatewayStore();
  await syncUsers(store.users, configWith("member", "1"));
  const ada = await store.users.get("ada");
  const token = { channel: "token", platformId: "hash" };
  await store.users.update({ ...ada, identities: [...ada.identities, token] });
  await store.users.create({ id: "bob", name: "Bob" });
  await syncUsers(store.users, configWith("admin", "2"));
  const changed = await store.users.get("ada");
  assertEquals(changed.role, "admin");
  assertEquals(changed.identities, [{ channel: "telegram", platformId: "2" }, token]);
  assertEquals((await store.users.list()).length, 3);
});

Deno.test("syncUsers() leaves alone who is up to date", async () => {
  await using store = await openGatewayStore();
  await syncUsers(store.users, configWith("member", "1"));
  const before = await store.users.get("ada");
  await syncUsers(store.users, configWith("member", "1"));
  assertEquals((await store.users.get("ada")).updatedAt, before.updatedAt);
});

Deno.test("syncUsers() keeps the owner an admin, whatever the configuration says", async () => {
  await using store = await openGatewayStore();
  await syncUsers(store.users, makeConfig({ users: { owner: { name: "Me", role: "member" } } }));
  assertEquals((await store.users.get("owner")).role, "admin");
  assertEquals((await store.users.get("owner")).name, "Me");
});

Deno.test("syncUsers() refuses an identity that another user has", async () => {
  await using store = await openGatewayStore();
  const identities = [{ channel: "telegram", platformId: "1" }];
  await store.users.create({ id: "bob", name: "Bob", identities });
  const error = await assertRejects(
    () => syncUsers(store.users, configWith("member", "1")),
    StoreError,
  );
  assertEquals(error.code, "conflict");
});
