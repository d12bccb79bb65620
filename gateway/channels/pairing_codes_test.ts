// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertMatch } from "@std/assert";
import { FakeClock } from "../../tests/gateway/_fake_clock.ts";
import { PairingCodes } from "./pairing_codes.ts";

Deno.test("PairingCodes lets in once, on one channel, for a quarter of an hour", async (t) => {
  const clock = new FakeClock();
  const codes = new PairingCodes(clock);
  const issue = () => codes.issue({ channel: "chat", userId: "ada" });
  await t.step("once", () => {
    const { code, expiresAt } = issue();
    assertMatch(code, /^[A-HJ-NP-Z2-9]{5}-[A-HJ-NP-Z2-9]{5}$/);
    assertEquals(expiresAt.getTime() - clock.now().getTime(), 900_000);
    assertEquals(codes.redeem("chat", "1", code)?.userId, "ada");
    assertEquals(codes.redeem("chat", "1", code), undefined);
  });
  await t.step("however it is written", () => {
    const text = ` ${issue().code.toLowerCase().replace("-", " ")}\n`;
    assertEquals(codes.redeem("chat", "2", text)?.userId, "ada");
  });
  await t.step("not on another channel", () => {
    const { code } = issue();
    assertEquals(codes.redeem("other", "3", code), undefined);
    assertEquals(codes.redeem("chat", "3", code)?.userId, "ada");
  });
  await t.step("not later", () => {
    const { code } = issue();
    clock.advance(900_000);
    assertEquals(codes.redeem("chat", "4", code), undefined);
  });
});

Deno.test("PairingCodes listens no more to who guesses", () => {
  const clock = new FakeClock();
  const codes = new PairingCodes(clock);
  const { code } = codes.issue({ channel: "chat" });
  for (let guess = 0; guess < 5; guess++) {
    assertEquals(codes.redeem("chat", "mallory", "AAAAA-AAAAA"), undefined);
  }
  assertEquals(codes.redeem("chat", "mallory", code), undefined);
  assertEquals(codes.redeem("chat", "mallory", "hello there"), undefined);
  assertEquals(codes.redeem("chat", "ada", code)?.channel, "chat");
});

Deno.test("PairingCodes listens no more to many who guess", () => {
  const codes = new PairingCodes(new FakeClock());
  const { code } = codes.issue({ channel: "chat" });
  for (let sender = 0; sender < 30; sender++) {
    assertEquals(codes.redeem("chat", `bot${sender}`, "AAAAA-AAAAA"), undefined);
  }
  assertEquals(codes.redeem("chat", "ada", code), undefined);
});
