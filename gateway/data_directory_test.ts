// SPDX-License-Identifier: Apache-2.0

import { makeTempDir } from "../tests/gateway/_temp_dir.ts";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { findRunning, holdDataDirectory } from "./data_directory.ts";
import { GatewayError } from "./errors.ts";

Deno.test("holdDataDirectory() makes the directory, open to its owner only", async () => {
  const path = join(await makeTempDir(), "deep", "data");
  using _ = await holdDataDirectory(path, "gateway");
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o700);
});

Deno.test("holdDataDirectory() lets one gateway in, or many commands", async (t) => {
  const path = await makeTempDir();
  await t.step("one gateway", async () => {
    using held = await holdDataDirectory(path, "gateway");
    await held.announce({ url: "http://127.0.0.1:1", pid: 42 });
    const second = await assertRejects(() => holdDataDirectory(path, "gateway"), GatewayError);
    assertEquals(second.code, "already_running");
    assertMatch(second.message, /process 42/);
    await assertRejects(() => holdDataDirectory(path, "command"), GatewayError);
  });
  await t.step("many commands, and then a gateway", async () => {
    {
      using _one = await holdDataDirectory(path, "command");
      using _two = await holdDataDirectory(path, "command");
      const error = await assertRejects(() => holdDataDirectory(path, "gateway"), GatewayError);
      assertMatch(error.message, /another sigil command/);
    }
    using _ = await holdDataDirectory(path, "gateway");
  });
});

Deno.test("holdDataDirectory() says when the directory cannot be used", async () => {
  const path = join(await makeTempDir(), "file");
  await Deno.writeTextFile(path, "");
  for (const taken of [path, join(path, "inside")]) {
    const error = await assertRejects(() => holdDataDirectory(taken, "gateway"), GatewayError);
    assertEquals(error.code, "data_directory");
    assertMatch(error.nextStep ?? "", /--data/);
  }
});

Deno.test("findRunning() finds a gateway for as long as it holds the directory", async () => {
  const path = await makeTempDir();
  assertEquals(await findRunning(path), undefined);
  assertEquals(await findRunning(join(path, "none")), undefined);
  await Deno.writeTextFile(join(path, "gateway.json"), '{"url":"http://127.0.0.1:9","pid":9}');
  const held = await holdDataDirectory(path, "gateway");
  assertEquals(await findRunning(path), undefined, "It does not listen yet");
  await held.announce({ url: "http://127.0.0.1:1", pid: 42 });
  assertEquals(await findRunning(path), { url: "http://127.0.0.1:1", pid: 42 });
  held.release();
  held.release();
  assertEquals(await findRunning(path), undefined);
});

Deno.test("findRunning() is not deceived by what a killed gateway left behind", async () => {
  const path = await makeTempDir();
  const left = JSON.stringify({ url: "http://127.0.0.1:1", pid: 42 });
  await Deno.writeTextFile(join(path, "gateway.json"), left);
  await Deno.writeTextFile(join(path, "lock"), "");
  assertEquals(await findRunning(path), undefined);
});

Deno.test("findRunning() waits for a gateway that is about to listen", async () => {
  const path = await makeTempDir();
  using held = await holdDataDirectory(path, "gateway");
  const finding = findRunning(path);
  await held.announce({ url: "http://127.0.0.1:1", pid: 42 });
  assertEquals((await finding)?.pid, 42);
});

Deno.test("findRunning() says when it cannot tell", async () => {
  const path = await makeTempDir();
  await Deno.mkdir(join(path, "lock"));
  const error = await assertRejects(() => findRunning(path), GatewayError);
  assertEquals(error.code, "data_directory");
});
