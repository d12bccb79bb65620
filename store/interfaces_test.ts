// SPDX-License-Identifier: Apache-2.0

/**
 * What each contract holds, word for word. A list does not compile when it misses a member of its
 * contract or has one too many, and each backend must have what the list names.
 */

import { assertEquals } from "@std/assert";
import type {
  AuditStore,
  GatewayStore,
  KnowledgeStore,
  MemoryStore,
  MessageStore,
  PairingStore,
  SessionStore,
  SummaryStore,
  UserStore,
  VectorStore,
} from "./mod.ts";
import * as inmem from "./inmem/mod.ts";
import * as sqlite from "./sqlite/mod.ts";

/** What a store has under each name: a method, or a store of its own. */
type Members<Store> = Readonly<Record<Exclude<keyof Store, symbol>, "function" | "object">>;

const SESSION_STORE: Members<SessionStore> = {
  createSession: "function",
  getSession: "function",
  updateSession: "function",
  changeSession: "function",
  listSessions: "function",
  deleteSession: "function",
  appendMessage: "function",
  getActiveWindow: "function",
  deleteMessages: "function",
  countMessages: "function",
  close: "function",
};

const MEMORY_STORE: Members<MemoryStore> = {
  messages: "object",
  summaries: "object",
  knowledge: "object",
  close: "function",
};

const MESSAGE_STORE: Members<MessageStore> = {
  append: "function",
  search: "function",
  getRange: "function",
  count: "function",
  trim: "function",
  getOldest: "function",
  deleteByIds: "function",
  close: "function",
};

const SUMMARY_STORE: Members<SummaryStore> = {
  store: "function",
  getByRange: "function",
  getLatest: "function",
  deleteByIds: "function",
  close: "function",
};

const KNOWLEDGE_STORE: Members<KnowledgeStore> = {
  putEntity: "function",
  getEntity: "function",
  findEntities: "function",
  putRelationship: "function",
  getRelationships: "function",
  putFact: "function",
  findFacts: "function",
  traverse: "function",
  close: "function",
};

const VECTOR_STORE: Members<VectorStore> = {
  store: "function",
  search: "function",
  delete: "function",
  count: "function",
  close: "function",
};

const GATEWAY_STORE: Members<GatewayStore> = {
  users: "object",
  pairings: "object",
  auditLog: "object",
  close: "function",
};

const USER_STORE: Members<UserStore> = {
  create: "function",
  get: "function",
  getByExternalId: "function",
  update: "function",
  list: "function",
  delete: "function",
};

const PAIRING_STORE: Members<PairingStore> = {
  create: "function",
  getByChannel: "function",
  getByUser: "function",
  update: "function",
  delete: "function",
};

const AUDIT_STORE: Members<AuditStore> = {
  append: "function",
  query: "function",
  verify: "function",
};

Deno.test("session store interface exists", async () => {
  await using inMemory = await inmem.openSessionStore();
  await using inFile = await sqlite.openSessionStore(":memory:");
  assertHolds(inMemory, SESSION_STORE);
  assertHolds(inFile, SESSION_STORE);
});

Deno.test("memory store interface exists", async () => {
  for await (const memory of eachMemory()) assertHolds(memory, MEMORY_STORE);
});

Deno.test("message store interface exists", async () => {
  for await (const memory of eachMemory()) assertHolds(memory.messages, MESSAGE_STORE);
});

Deno.test("summary store interface exists", async () => {
  for await (const memory of eachMemory()) assertHolds(memory.summaries, SUMMARY_STORE);
});

Deno.test("knowledge store interface exists", async () => {
  for await (const memory of eachMemory()) assertHolds(memory.knowledge, KNOWLEDGE_STORE);
});

Deno.test("vector store interface exists", async () => {
  await using inMemory = await inmem.openVectorStore();
  await using inFile = await sqlite.openVectorStore(":memory:");
  assertHolds(inMemory, VECTOR_STORE);
  assertHolds(inFile, VECTOR_STORE);
});

Deno.test("gateway store interface exists", async () => {
  for await (const gateway of eachGateway()) assertHolds(gateway, GATEWAY_STORE);
});

Deno.test("user store interface exists", async () => {
  for await (const gateway of eachGateway()) assertHolds(gateway.users, USER_STORE);
});

Deno.test("pairing store interface exists", async () => {
  for await (const gateway of eachGateway()) assertHolds(gateway.pairings, PAIRING_STORE);
});

Deno.test("audit store interface exists", async () => {
  for await (const gateway of eachGateway()) assertHolds(gateway.auditLog, AUDIT_STORE);
});

function assertHolds<Store extends object>(store: Store, members: Members<Store>): void {
  const found = Object.keys(members).map((name) => [name, typeof Reflect.get(store, name)]);
  assertEquals(Object.fromEntries(found), { ...members });
}

async function* eachMemory(): AsyncGenerator<MemoryStore> {
  await using inMemory = await inmem.openMemoryStore(await inmem.openKnowledgeStore());
  yield inMemory;
  const knowledge = await sqlite.openKnowledgeStore(":memory:");
  await using inFile = await sqlite.openMemoryStore(":memory:", knowledge);
  yield inFile;
}

async function* eachGateway(): AsyncGenerator<GatewayStore> {
  await using inMemory = await inmem.openGatewayStore();
  yield inMemory;
  await using inFile = await sqlite.openGatewayStore(":memory:");
  yield inFile;
}
