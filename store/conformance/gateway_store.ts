// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import type { AuditEntryInput } from "../audit_store.ts";
import type { GatewayStore } from "../gateway_store.ts";
import type { PairingInput } from "../pairing_store.ts";
import {
  type Case,
  type ConformanceOptions,
  hour,
  HUGE_ID,
  ids,
  registerSuite,
  rejectsWith,
  type ReopenCase,
  UNSTORABLE_TEXTS,
} from "./_suite.ts";

/** Tests that a backend keeps the promises of {@linkcode GatewayStore}; see `testSessionStore` for an example. */
export function testGatewayStore(backend: string, options: ConformanceOptions<GatewayStore>): void {
  registerSuite(`${backend} gateway store`, options, CASES, REOPEN_CASES);
}

const TELEGRAM = { channel: "telegram", platformId: "42" };
const SIGNAL = { channel: "signal", platformId: "42" };

function pairing(id: string, userId: string, channelId = "chat"): PairingInput {
  return {
    id,
    userId,
    channelType: "telegram",
    channelId,
    workspaceId: "home",
    createdAt: hour(0),
  };
}

function entry(id: string, hours: number, more: Partial<AuditEntryInput> = {}): AuditEntryInput {
  return {
    id,
    action: "tool.execute",
    actor: "ada",
    result: "ok",
    timestamp: hour(hours),
    ...more,
  };
}

const CASES: readonly Case<GatewayStore>[] = [
  {
    name: "creates, gives, updates, lists and deletes users",
    async run({ users }) {
      const ada = {
        id: "u1",
        name: "Ada",
        role: "admin",
        identities: [TELEGRAM, SIGNAL],
        createdAt: hour(0),
        updatedAt: hour(0),
      } as const;
      await users.create(ada);
      assert.deepEqual(await users.get("u1"), ada);
      assert.deepEqual(await users.getByExternalId("telegram", "42"), ada);
      await users.update({
        ...ada,
        name: "Ada L.",
        identities: [SIGNAL],
        createdAt: hour(9),
        updatedAt: hour(1),
      });
      const updated = await users.get("u1");
      assert.deepEqual(updated, {
        ...ada,
        name: "Ada L.",
        identities: [SIGNAL],
        updatedAt: hour(1),
      });
      await rejectsWith("not_found", users.getByExternalId("telegram", "42"));
      assert.deepEqual(ids(await users.list()), ["u1"]);
      await users.delete("u1");
      await rejectsWith("not_found", users.get("u1"));
      await rejectsWith("not_found", users.delete("u1"));
      await rejectsWith("not_found", users.update(ada));
      await rejectsWith("not_found", users.getByExternalId("signal", "42"));
    },
  },
  {
    name: "lists users by name, ties by id, in pages",
    async run({ users }) {
      for (const [id, name] of [["3", "a"], ["2", "b"], ["1", "b"]] as const) {
        await users.create({ id, name });
      }
      assert.deepEqual(ids(await users.list()), ["3", "1", "2"]);
      assert.deepEqual(ids(await users.list({ limit: 1, offset: 1 })), ["1"]);
      assert.equal((await users.get("1")).role, "member");
    },
  },
  {
    name: "gives an identity to one user only, and keeps nothing of the refused write",
    async run({ users }) {
      await users.create({ id: "u1", name: "Ada", identities: [TELEGRAM] });
      await users.create({ id: "u2", name: "Bob" });
      const error = await rejectsWith(
        "conflict",
        users.create({ id: "u3", name: "Eve", identities: [SIGNAL, TELEGRAM] }),
      );
      assert.match(error.message, /telegram:42/);
      await rejectsWith("not_found", users.get("u3"));
      await rejectsWith("not_found", users.getByExternalId("signal", "42"));
      await rejectsWith(
        "conflict",
        users.update({ id: "u2", name: "Robert", identities: [SIGNAL, TELEGRAM] }),
      );
      assert.equal((await users.get("u2")).name, "Bob");
      await rejectsWith("conflict", users.create({ id: "u1", name: "Again" }));
      await rejectsWith(
        "conflict",
        users.create({ id: "u4", name: "Twice", identities: [SIGNAL, SIGNAL] }),
      );
      await users.delete("u1");
      await users.update({ id: "u2", name: "Bob", identities: [TELEGRAM] });
      assert.equal((await users.getByExternalId("telegram", "42")).id, "u2");
    },
  },
  {
    name: "creates, gives, updates and deletes pairings",
    async run({ users, pairings }) {
      await users.create({ id: "u1", name: "Ada" });
      await pairings.create({ ...pairing("p1", "u1"), status: "active" });
      await pairings.create(pairing("p2", "u1", "another chat"));
      assert.deepEqual(await pairings.getByChannel("telegram", "chat"), {
        ...pairing("p1", "u1"),
        status: "active",
      });
      assert.equal((await pairings.getByChannel("telegram", "another chat")).status, "pending");
      assert.deepEqual(ids(await pairings.getByUser("u1")), ["p1", "p2"]);
      await pairings.update({ ...pairing("p2", "u1"), status: "denied", workspaceId: "work" });
      const updated = await pairings.getByChannel("telegram", "another chat");
      assert.deepEqual([updated.status, updated.workspaceId, updated.channelId], [
        "denied",
        "work",
        "another chat",
      ]);
      await pairings.delete("p1");
      await rejectsWith("not_found", pairings.getByChannel("telegram", "chat"));
      await rejectsWith("not_found", pairings.delete("p1"));
      await rejectsWith("not_found", pairings.update(pairing("p1", "u1")));
      assert.deepEqual(await pairings.getByUser("nobody"), []);
    },
  },
  {
    name: "pairs several users on one chat, each once",
    async run({ users, pairings }) {
      for (const id of ["u1", "u2"]) await users.create({ id, name: id });
      await pairings.create({ ...pairing("p1", "u1"), createdAt: hour(1) });
      await pairings.create({ ...pairing("p2", "u2"), createdAt: hour(2) });
      assert.equal((await pairings.getByChannel("telegram", "chat")).id, "p2");
      assert.equal((await pairings.getByChannel("telegram", "chat", { userId: "u1" })).id, "p1");
      await rejectsWith("not_found", pairings.getByChannel("telegram", "chat", { userId: "u3" }));
      await pairings.update({ ...pairing("p1", "u1"), status: "active" });
      assert.equal((await pairings.getByChannel("telegram", "chat")).id, "p1");
      await rejectsWith("conflict", pairings.create(pairing("p3", "u1")));
      await rejectsWith("conflict", pairings.create(pairing("p1", "u1", "elsewhere")));
      await rejectsWith("not_found", pairings.create(pairing("p4", "nobody")));
    },
  },
  {
    name: "deletes the pairings of a user with the user",
    async run({ users, pairings }) {
      await users.create({ id: "u1", name: "Ada" });
      await pairings.create(pairing("p1", "u1"));
      await users.delete("u1");
      await rejectsWith("not_found", pairings.getByChannel("telegram", "chat"));
      assert.deepEqual(await pairings.getByUser("u1"), []);
    },
  },
  {
    name: "appends audit entries and gives the newest first",
    async run({ auditLog }) {
      const full = {
        ...entry("a1", 1),
        plugin: "calc",
        workspaceId: "home",
        sessionId: "s1",
        details: { tool: "add", numbers: [1, 2] },
      };
      await auditLog.append(full);
      await auditLog.append(entry("a2", 2));
      await auditLog.append(entry("a3", 2));
      assert.deepEqual(ids(await auditLog.query()), ["a3", "a2", "a1"]);
      assert.deepEqual((await auditLog.query({ offset: 2 }))[0], full);
      await rejectsWith("conflict", auditLog.append(entry("a1", 3)));
    },
  },
  {
    name: "filters the audit log by every field, alone and together",
    async run({ auditLog }) {
      await auditLog.append(entry("a1", 1, { action: "login", actor: "ada", workspaceId: "w1" }));
      await auditLog.append(
        entry("a2", 2, { action: "login", actor: "bob", workspaceId: "w2", plugin: "p" }),
      );
      await auditLog.append(
        entry("a3", 3, { action: "logout", actor: "ada", workspaceId: "w1", plugin: "p" }),
      );
      const found = async (filter: Parameters<typeof auditLog.query>[0]) =>
        ids(await auditLog.query(filter));
      assert.deepEqual(await found({ action: "login" }), ["a2", "a1"]);
      assert.deepEqual(await found({ actor: "ada" }), ["a3", "a1"]);
      assert.deepEqual(await found({ plugin: "p" }), ["a3", "a2"]);
      assert.deepEqual(await found({ workspaceId: "w1" }), ["a3", "a1"]);
      assert.deepEqual(await found({ from: hour(2) }), ["a3", "a2"]);
      assert.deepEqual(await found({ to: hour(2) }), ["a1"]);
      assert.deepEqual(await found({ from: hour(1), to: hour(3), action: "login", actor: "bob" }), [
        "a2",
      ]);
      assert.deepEqual(await found({ actor: "nobody" }), []);
      assert.deepEqual(await found({ limit: 1, offset: 1 }), ["a2"]);
    },
  },
  {
    name: "seals the audit log, also when many append at once",
    async run({ auditLog }) {
      assert.deepEqual(await auditLog.verify(), { status: "intact", entries: 0 });
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => auditLog.append(entry(`a${index}`, index))),
      );
      assert.deepEqual(await auditLog.verify(), { status: "intact", entries: 50 });
    },
  },
  {
    name: "refuses malformed arguments, and everything once closed",
    async run(store) {
      const { users, pairings, auditLog } = store;
      const bad = (value: unknown) => value as never;
      await users.create({ id: "u1", name: "Ada" });
      const calls = [
        () => users.create({ id: "", name: "x" }),
        () => users.create({ id: HUGE_ID, name: "x" }),
        () => users.create({ id: "x", name: "x", identities: [{ channel: "", platformId: "1" }] }),
        () => users.create({ id: "x", name: "x", createdAt: new Date(NaN) }),
        () => users.getByExternalId("telegram", ""),
        () => users.list({ limit: -1 }),
        () => pairings.create({ ...pairing("p", "u1"), status: bad("maybe") }),
        () => pairings.create({ ...pairing("p", "u1"), channelId: "" }),
        () => auditLog.append(entry("", 1)),
        () => auditLog.append(entry("a", 1, { details: { secret: bad(() => 1) } })),
        () => auditLog.append(entry("a", 1, { timestamp: new Date(NaN) })),
        () => auditLog.query({ limit: -1 }),
        () => auditLog.query({ from: new Date(NaN) }),
        () => auditLog.query({ action: "" }),
        ...UNSTORABLE_TEXTS.map((name) => () => users.create({ id: "x", name })),
      ];
      for (const call of calls) await rejectsWith("invalid_input", call());
      assert.deepEqual(ids(await users.list()), ["u1"]);
      await store.close();
      await store.close();
      await rejectsWith("closed", users.get("u1"));
      await rejectsWith("closed", pairings.getByUser("u1"));
      await rejectsWith("closed", auditLog.query());
    },
  },
];

const REOPEN_CASES: readonly ReopenCase<GatewayStore>[] = [
  {
    name: "finds users, pairings and the sealed log after reopening",
    async before({ users, pairings, auditLog }) {
      await users.create({ id: "u1", name: "Ada", identities: [TELEGRAM] });
      await pairings.create(pairing("p1", "u1"));
      await auditLog.append(entry("a1", 1));
    },
    async after({ users, pairings, auditLog }) {
      assert.equal((await users.getByExternalId("telegram", "42")).id, "u1");
      assert.equal((await pairings.getByChannel("telegram", "chat")).id, "p1");
      await auditLog.append(entry("a2", 2));
      assert.deepEqual(await auditLog.verify(), { status: "intact", entries: 2 });
    },
  },
];
