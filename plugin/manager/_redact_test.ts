// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { redactor } from "./_redact.ts";

Deno.test("redactor() blots out what is kept under the name of a secret", async (t) => {
  const cases: [string, Record<string, unknown>, string, string][] = [
    ["none", {}, "plain text", "plain text"],
    [
      "a token",
      { bot_token: "abcdef123" },
      "got abcdef123, abcdef123",
      "got [redacted], [redacted]",
    ],
    ["a key inside", { server: { apiKey: "abcdef" } }, "key=abcdef", "key=[redacted]"],
    ["a list of keys", { keys: ["first-key", "second-key"] }, "second-key", "[redacted]"],
    ["all below a secret", { credentials: { user: "ada-lovelace" } }, "ada-lovelace", "[redacted]"],
    ["what is none", { folder: "/srv/notes" }, "/srv/notes", "/srv/notes"],
    ["what is too short to tell", { key: "abc" }, "abc", "abc"],
    ["the longer of two", { key1: "secret", key2: "secret-more" }, "secret-more", "[redacted]"],
    ["numbers", { key: 1234567 }, "1234567", "1234567"],
  ];
  for (const [name, config, text, expected] of cases) {
    await t.step(name, () => assertEquals(redactor(config)(text), expected));
  }
});
