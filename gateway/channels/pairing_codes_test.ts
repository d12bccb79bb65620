// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { FakeClock } from "../../tests/gateway/_fake_clock.ts";
import { makeTempDir } from "../../tests/gateway/_temp_dir.ts";
import { PairingCodes } from "./pairing_codes.ts";

Deno.test("PairingCodes lets in once, on one channel, for a quarter of an hour", async (t) => {
  const clock = new FakeClock();
  const codes = new PairingCodes(clock);
  const issue = () => codes.issue({ channel: "chat", userId: "ada" });
  await t.step("once", async () => {
    const { code, expiresAt } = await issue();
    assertMatch(code, /^[A-HJ-NP-Z2-9]{5}-[A-HJ-NP-Z2-9]{5}$/);
    assertEquals(expiresAt.getTime() - clock.now().getTime(), 900_000);
    assertEquals((await codes.redeem("chat", "1", code))?.userId, "ada");
    assertEquals(await codes.redeem("chat", "1", code), undefined);
  });
  await t.step("however it is written", async () => {
    const text = ` ${(await issue()).code.toLowerCase().replace("-", " ")}\n`;
    assertEquals((await codes.redeem("chat", "2", text))?.userId, "ada");
  });
  await t.step("not on another channel", async () => {
    const { code } = await issue();
    assertEquals(await codes.redeem("other", "3", code), undefined);
    assertEquals((await codes.redeem("chat", "3", code))?.userId, "ada");
  });
  await t.step("not later", async () => {
    const { code } = await issue();
    clock.advance(900_000);
    assertEquals(await codes.redeem("chat", "4", code), undefined);
  });
});

Deno.test("PairingCodes listens no more to who guesses", async () => {
  const clock = new FakeClock();
  const codes = new PairingCodes(clock);
  const { code } = await codes.issue({ channel: "chat" });
  for (let guess = 0; guess < 5; guess++) {
    assertEquals(await codes.redeem("chat", "mallory", "AAAAA-AAAAA"), undefined);
  }
  assertEquals(await codes.redeem("chat", "mallory", code), undefined);
  assertEquals(await codes.redeem("chat", "mallory", "hello there"), undefined);
  assertEquals((await codes.redeem("chat", "ada", code))?.channel, "chat");
});

Deno.test("PairingCodes listens no more to many who guess", async () => {
  const codes = new PairingCodes(new FakeClock());
  const { code } = await codes.issue({ channel: "chat" });
  for (let sender = 0; sender < 30; sender++) {
    assertEquals(await codes.redeem("chat", `bot${sender}`, "AAAAA-AAAAA"), undefined);
  }
  assertEquals(await codes.redeem("chat", "ada", code), undefined);
});

Deno.test("PairingCodes keeps codes over a restart, and not in a form that can be used", async (t) => {
  const clock = new FakeClock();
  const path = `${await makeTempDir()}/pairing-codes.json`;
  const open = () => new PairingCodes(clock, path);
  const before = open();
  const { code, expiresAt } = await before.issue({ channel: "chat", userId: "ada" });
  const { code: other } = await before.issue({ channel: "chat" });
  await t.step("hashed, for the gateway's user alone", async () => {
    const text = await Deno.readTextFile(path);
    for (const each of [code, other]) {
      assert(!text.includes(each) && !text.includes(each.replace("-", "")));
    }
    assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    assertEquals(JSON.parse(text)[0].expiresAt, expiresAt.getTime());
  });
  await t.step("once, whoever opens it", async () => {
    assertEquals(await open().redeem("chat", "1", code), { channel: "chat", userId: "ada" });
    assertEquals(await open().redeem("chat", "2", code), undefined);
    const after = open();
    const both = [after.redeem("chat", "3", other), after.redeem("chat", "4", other)];
    const taken = (await Promise.all(both)).filter((invitation) => invitation !== undefined);
    assertEquals(taken, [{ channel: "chat", userId: undefined }]);
  });
  await t.step("not longer than it was to be", async () => {
    const { code } = await open().issue({ channel: "chat" });
    clock.advance(900_000);
    assertEquals(await open().redeem("chat", "5", code), undefined);
  });
  await t.step("a file that is no list of codes lets nobody in", async () => {
    for (
      const text of ["", "{", "[1]", '[{"channel":"chat","salt":"","hash":"","expiresAt":9e99}]']
    ) {
      await Deno.writeTextFile(path, text);
      assertEquals(await open().redeem("chat", text, "AAAAA-AAAAA"), undefined);
    }
  });
  await t.step("one that cannot be kept is not given", async () => {
    const nowhere = new PairingCodes(clock, "/no/such/folder/codes.json");
    await assertRejects(() => nowhere.issue({ channel: "chat" }), Deno.errors.NotFound);
  });
});
