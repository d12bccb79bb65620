// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { keywords, stem, words } from "./_words.ts";

Deno.test("stem() gives the forms of a word one stem, and others another", () => {
  const families: readonly (readonly string[])[] = [
    ["train", "trains", "train's"],
    ["run", "runs", "running"],
    ["stop", "stops", "stopped", "stopping"],
    ["city", "cities"],
    ["like", "likes", "liked", "liking"],
    ["make", "makes", "making"],
    ["class", "classes"],
    ["box", "boxes"],
    ["walk", "walked", "walking"],
    ["bus"],
    ["thing"],
    ["red"],
  ];
  const stems = families.map((family) => new Set(family.map(stem)));
  for (const [i, found] of stems.entries()) assertEquals(found.size, 1, families[i]?.join());
  assertEquals(new Set(stems.map(([one]) => one)).size, families.length);
});

Deno.test("words() and keywords() read any script", () => {
  assertEquals(words("Don’t PANIC, it’s 42°!"), ["don’t", "panic", "it’s", "42"]);
  assertEquals(keywords("What’s the time in São Paulo?"), ["são", "paulo"]);
  assertEquals(keywords("What is it?"), ["what", "is", "it"]);
  assertEquals(keywords("?!"), []);
});
