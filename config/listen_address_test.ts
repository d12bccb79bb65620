// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { parseListenAddress } from "./listen_address.ts";

Deno.test("parseListenAddress() reads host and port", async (t) => {
  const cases = [
    ["127.0.0.1:18789", "127.0.0.1", 18789],
    ["0.0.0.0:0", "0.0.0.0", 0],
    ["localhost:65535", "localhost", 65535],
    ["sigil.example:80", "sigil.example", 80],
    ["[::1]:8080", "::1", 8080],
    ["[::]:8080", "::", 8080],
    ["[::ffff:10.0.0.1]:1", "::ffff:10.0.0.1", 1],
  ] as const;
  for (const [text, hostname, port] of cases) {
    await t.step(text, () => assertEquals(parseListenAddress(text), { hostname, port }));
  }
});

Deno.test("parseListenAddress() refuses what cannot be listened on", async (t) => {
  const texts = [
    "",
    "localhost",
    ":8080",
    "localhost:",
    "localhost:http",
    "localhost:65536",
    "localhost:-1",
    "::1:8080",
    "[1:2]:80",
    "999.1.1.1:80",
    "http://localhost:80",
    "local host:80",
    "user@host:80",
    "host:80/path",
    "-x:80",
  ];
  for (const text of texts) {
    await t.step(JSON.stringify(text), () => assertEquals(parseListenAddress(text), undefined));
  }
});
