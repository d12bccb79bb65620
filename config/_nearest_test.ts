// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { findNearest, hint } from "./_nearest.ts";

Deno.test("findNearest() finds what a slip of the hand meant", async (t) => {
  const names = ["listen", "mode", "limits", "allowed_hosts", "active_window"];
  const cases: [string, string | undefined][] = [
    ["lisen", "listen"],
    ["lisetn", "listen"],
    ["LISTEN", "listen"],
    ["liisten", "listen"],
    ["allowedhosts", "allowed_hosts"],
    ["activeWindow", "active_window"],
    ["mod", "mode"],
    ["banana", undefined],
    ["x", undefined],
    ["", undefined],
    ["x".repeat(100_000), undefined],
  ];
  for (const [word, expected] of cases) {
    await t.step(word.slice(0, 20), () => assertEquals(findNearest(word, names), expected));
  }
});

Deno.test("hint() is empty when nothing is near", () => {
  assertEquals(hint("lisen", ["listen"]), '; did you mean "listen"?');
  assertEquals(hint("banana", ["listen"]), "");
});
