// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertThrows } from "@std/assert";
import { PluginError } from "../errors.ts";
import { withFolder } from "../install/testdata/plugin_folder.ts";
import { KvStore } from "./kv_store.ts";

const bytes = (...values: number[]) => Uint8Array.of(...values);

Deno.test("KvStore keeps, replaces, lists and removes values", () => {
  using store = new KvStore(":memory:");
  assertEquals(store.get("a"), undefined);
  store.set("a", bytes(1));
  store.set("a", bytes(2, 0, 255));
  store.set("b/1", bytes());
  store.set("B", bytes(3));
  store.set("日本", bytes(4));
  assertEquals(store.get("a"), bytes(2, 0, 255));
  assertEquals(store.get("b/1"), bytes());
  assertEquals(store.list(""), ["B", "a", "b/1", "日本"]);
  assertEquals(store.list("b"), ["b/1"]);
  assertEquals(store.list("%"), []);
  assertEquals([store.delete("a"), store.delete("a")], [true, false]);
  assertEquals(store.list("日"), ["日本"]);
});

Deno.test("KvStore outlives its process", () =>
  withFolder(async (folder) => {
    {
      using store = new KvStore(`${folder}/kv.db`);
      store.set("a", bytes(1));
    }
    using store = new KvStore(`${folder}/kv.db`);
    assertEquals(store.get("a"), bytes(1));
  }));

Deno.test("KvStore refuses keys that are no plain text", () => {
  using store = new KvStore(":memory:");
  for (const key of ["", "a\0b", "\ud800", "x".repeat(513)]) {
    const error = assertThrows(() => store.set(key, bytes(1)), PluginError, "Cannot use the key");
    assertEquals(error.code, "denied");
    assertThrows(() => store.get(key), PluginError);
    assertThrows(() => store.delete(key), PluginError);
  }
});

Deno.test("KvStore holds only so much, and room that is given back can be taken again", () =>
  withFolder(async (folder) => {
    const mebibyte = new Uint8Array(1024 * 1024);
    {
      using store = new KvStore(`${folder}/kv.db`);
      assertThrows(
        () => store.set("a", new Uint8Array(1024 * 1024 + 1)),
        PluginError,
        "larger than",
      );
      for (let index = 0; index < 63; index++) store.set(`key${index}`, mebibyte);
      assertThrows(
        () => {
          store.set("last", mebibyte);
        },
        PluginError,
        "the store is full",
      );
      store.set("key0", mebibyte);
    }
    using store = new KvStore(`${folder}/kv.db`);
    assertThrows(() => store.set("last", mebibyte), PluginError, "the store is full");
    store.delete("key0");
    store.set("last", mebibyte);
    assertEquals(store.list("key").length, 62);
  }));
