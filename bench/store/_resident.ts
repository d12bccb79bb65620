// SPDX-License-Identifier: Apache-2.0
// deno-lint-ignore-file no-console -- a process that answers with a number

/**
 * Opens one engine, lets it search, and prints by how many bytes this process grew:
 * `_resident.ts messages|minisearch|orama|vectors|lancedb <path>`.
 */

import { openMessageStore, openVectorStore } from "@sigil/store/sqlite";
import { createVectors, LARGE_WORKSPACE } from "./_data.ts";
import { openByHand, prepare } from "./_sql_by_hand.ts";
import { TEXT_PEERS } from "./_text_peers.ts";

const WORDS = ["project", "quokka", "kala", "remi", "tuvas"];
const SEARCHES = 20;
const DIMENSIONS = 768;

const [engine = "", path = ""] = Deno.args;
// What an engine is given to read is not part of what it keeps.
const texts = engine === "minisearch" || engine === "orama" ? readTexts(path) : [];
const before = residentBytes();
const opened = await open(engine); // kept until it has been measured
console.log(residentBytes() - before);
Deno.exit(opened === undefined ? 1 : 0);

function open(name: string): Promise<unknown> {
  switch (name) {
    case "messages":
      return searchMessages();
    case "minisearch":
      return searchTexts("minisearch");
    case "orama":
      return searchTexts("@orama/orama");
    case "vectors":
      return searchVectors();
    case "lancedb":
      return searchLance();
    default:
      throw new TypeError(`no engine is named ${name}`);
  }
}

async function searchMessages(): Promise<unknown> {
  const store = await openMessageStore(path);
  for (let n = 0; n < SEARCHES; n++) {
    await store.search(LARGE_WORKSPACE, WORDS[n % WORDS.length] ?? "");
  }
  return store;
}

async function searchTexts(name: string): Promise<unknown> {
  const peer = await TEXT_PEERS[name]?.(texts);
  for (let n = 0; n < SEARCHES; n++) {
    await peer?.search(WORDS[n % WORDS.length] ?? "", 20);
  }
  return peer;
}

async function searchVectors(): Promise<unknown> {
  const store = await openVectorStore(path);
  const next = createVectors(DIMENSIONS, 5);
  for (let n = 0; n < SEARCHES; n++) await store.search(next(), 10);
  return store;
}

async function searchLance(): Promise<unknown> {
  const name: string = "@lancedb/lancedb";
  const table = await (await (await import(name)).connect(path)).openTable(
    "items",
  );
  const next = createVectors(DIMENSIONS, 5);
  for (let n = 0; n < SEARCHES; n++) {
    await table.vectorSearch(next()).distanceType("cosine").limit(10).select([
      "id",
    ]).toArray();
  }
  return table;
}

function readTexts(file: string): readonly string[] {
  const database = openByHand(file);
  const rows = prepare(database, "SELECT content FROM messages").all();
  database.close();
  return rows.map(([text]) => String(text));
}

function residentBytes(): number {
  const collectGarbage: unknown = Reflect.get(globalThis, "gc");
  if (typeof collectGarbage === "function") collectGarbage();
  return Deno.memoryUsage().rss;
}
