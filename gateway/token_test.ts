// SPDX-License-Identifier: Apache-2.0

import { makeTempDir } from "../tests/gateway/_temp_dir.ts";
import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { GatewayError } from "./errors.ts";
import { loadOrMakeToken, randomToken, tokenFault, TokenMatcher } from "./token.ts";

Deno.test("loadOrMakeToken() makes a token once, readable by its owner only", async () => {
  const path = join(await makeTempDir(), "token");
  const tokens = await Promise.all([loadOrMakeToken(path), loadOrMakeToken(path)]);
  assertEquals(new Set(tokens).size, 1, "Two that start at once share one token");
  assertEquals(await loadOrMakeToken(path), tokens[0]);
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
});

Deno.test("loadOrMakeToken() closes a token file that others could read", async () => {
  const path = join(await makeTempDir(), "token");
  await Deno.writeTextFile(path, "a-token-that-is-long-enough\n", { mode: 0o644 });
  assertEquals(await loadOrMakeToken(path), "a-token-that-is-long-enough");
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
});

Deno.test("loadOrMakeToken() refuses a file that holds no usable token", async (t) => {
  for (const text of ["", "undefined", "null", "tiny-pass", "has a space in it 123"]) {
    await t.step(JSON.stringify(text), async () => {
      const path = join(await makeTempDir(), "token");
      await Deno.writeTextFile(path, text);
      const error = await assertRejects(() => loadOrMakeToken(path), GatewayError);
      assertEquals(error.code, "invalid_token");
      assert(text === "" || !error.message.includes(text), "The token is not told");
    });
  }
});

Deno.test("loadOrMakeToken() says when the file can be neither read nor made", async (t) => {
  const folder = await makeTempDir();
  for (const path of [folder, join(folder, "none", "token")]) {
    await t.step(path, async () => {
      const error = await assertRejects(() => loadOrMakeToken(path), GatewayError);
      assertEquals(error.code, "data_directory");
      assertMatch(error.nextStep ?? "", /--data/);
    });
  }
});

Deno.test("randomToken() makes tokens that differ and can be used", () => {
  assertNotEquals(randomToken(), randomToken());
  assertEquals(tokenFault(randomToken()), undefined);
});

Deno.test("TokenMatcher matches its token alone", () => {
  for (const token of [randomToken(), "sixteen-letters!", "x".repeat(128), "x".repeat(500)]) {
    const matcher = new TokenMatcher(token);
    const others = [
      "",
      token.slice(1),
      token.slice(0, -1),
      `${token}x`,
      `${token}\0`,
      token.slice(0, -1) + "y",
      "y" + token.slice(1),
      token.repeat(2),
      randomToken(),
    ];
    for (const other of others) assert(!matcher.matches(other), other);
    assert(matcher.matches(token), token);
  }
});
