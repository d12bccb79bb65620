// SPDX-License-Identifier: Apache-2.0

/**
 * What a plugin may try against the gateway through the pipes between them. Each try is a process of
 * its own; each must end as an error of that plugin and leave the gateway as it was.
 */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { PluginError, type PluginErrorCode } from "../errors.ts";
import { ChildPlugin } from "./_child_plugin.ts";
import type { PluginProcess } from "./plugin_process.ts";
import { runTool, StderrLog, testFile, withPlugin } from "./testdata/spawn_test_plugin.ts";

const HELLO = "hello/main.ts";

interface Escape {
  readonly name: string;
  readonly code: PluginErrorCode;
  readonly says: string;
}

/** Those that do their wrong before, or instead of, the first answer. */
const AT_START: readonly Escape[] = [
  { name: "garbage", code: "protocol", says: "it sent a frame of unknown type" },
  { name: "old_protocol", code: "unsupported", says: "it speaks version 0 of the protocol" },
  { name: "silence", code: "timeout", says: "no answer in 200 ms" },
];

Deno.test("a process that does not greet as it should is ended", async (t) => {
  for (const { name, code, says } of AT_START) {
    await t.step(name, async () => {
      await using plugin = spawnHostile(name);
      const timeoutMs = code === "timeout" ? 200 : 10_000;
      const error = await assertRejects(() => plugin.health({ timeoutMs }), PluginError, says);
      assertEquals(error.code, code);
      if (code === "timeout") plugin.kill();
      assertEquals((await plugin.exited).signal, "SIGKILL");
    });
  }
});

/** Those that are well-behaved until their first Health is answered. */
const LATER: readonly Escape[] = [
  { name: "forged_stream", code: "protocol", says: "it answered a call 4711 that nobody made" },
  { name: "huge_length", code: "protocol", says: "it announced 4294967295 bytes" },
  { name: "invalid_protobuf", code: "protocol", says: "it sent bytes that are no" },
  { name: "dies_mid_stream", code: "crashed", says: "its process ended with code 3" },
  { name: "half_a_frame", code: "crashed", says: "its process ended with code 0" },
  {
    name: "flood_of_messages",
    code: "protocol",
    says: "more than once",
  },
  { name: "flood_of_calls", code: "protocol", says: "it does not read what it is sent" },
  { name: "flood_of_cancels", code: "protocol", says: "it spoke of a call 2 that it never made" },
];

Deno.test("a process that breaks the protocol later is ended, and the call is told why", async (t) => {
  for (const { name, code, says } of LATER) {
    await t.step(name, async () => {
      await using plugin = spawnHostile(name);
      const error = await assertRejects(() => healthForever(plugin), PluginError);
      assertEquals([error.code, error.plugin], [code, "hostile"]);
      assertStringIncludes(error.message, says);
      assertEquals((await plugin.exited).error, error);
      assertEquals(await assertRejects(() => plugin.health()), error);
    });
  }
});

Deno.test("a process that closes its output is ended", async () => {
  await using plugin = childPlugin("sh", ["-c", "exec cat > /dev/null"]);
  const error = await assertRejects(() => plugin.health(), PluginError);
  assertStringIncludes(error.message, "its process ended by SIGKILL");
  assertEquals((await plugin.exited).error, error);
});

Deno.test("an answer after its deadline is dropped, and the next call is answered", async () => {
  await using plugin = spawnHostile("late_answer");
  await plugin.health();
  const error = await assertRejects(() => plugin.health({ timeoutMs: 50 }), PluginError);
  assertEquals(error.code, "timeout");
  assertEquals((await plugin.health()).status, "healthy");
  plugin.kill();
});

Deno.test("a plugin that writes to stdout by itself is ended", async () => {
  await withPlugin(HELLO, {}, async (plugin) => {
    const error = await assertRejects(() => runTool(plugin, "scribble"), PluginError);
    assertEquals(error.code, "protocol");
    assertEquals((await plugin.exited).error, error);
  });
});

Deno.test("an endless stream is held by its reader", async () => {
  await withPlugin(HELLO, {}, async (plugin) => {
    const call = { name: "endless", input: {}, sessionId: "s1" };
    let count = 0;
    for await (const _chunk of plugin.tools.execute(call)) if (++count === 50_000) break;
    assertEquals((await plugin.health()).status, "healthy");
  });
});

Deno.test("a flood of logs is cut, and the plugin goes on", async () => {
  const stderr = new StderrLog();
  const options = { onStderr: stderr.add, stderrBytesPerSecond: 16_384 };
  await withPlugin(HELLO, options, async (plugin) => {
    assertEquals(await runTool(plugin, "flood", { megabytes: 1 }), "flooded");
    await plugin.stop();
    const dropped = stderr.lines.filter((line) => line.endsWith("lines dropped]"));
    assert(dropped.length > 0);
    assert(stderr.lines.length < 100, `${stderr.lines.length} lines were kept`);
  });
});

const STUBBORN = [
  { name: "a busy loop that ignores Shutdown is ended", tool: "spin", signal: "SIGTERM" },
  { name: "one that ignores SIGTERM as well is ended", tool: "defy", signal: "SIGKILL" },
] as const;

for (const { name, tool, signal } of STUBBORN) {
  Deno.test(name, async () => {
    const stderr = new StderrLog();
    await withPlugin(HELLO, { onStderr: stderr.add }, async (plugin) => {
      const running = assertRejects(() => runTool(plugin, tool), PluginError);
      await stderr.next("ing");
      const exit = await plugin.stop({ graceMs: 50 });
      assertEquals([exit.signal, exit.error], [signal, undefined]);
      assertEquals((await running).code, "closed");
    });
  });
}

/** A program that speaks for itself, without our boot. */
function spawnHostile(name: string): ChildPlugin {
  const flags = ["--quiet", "--no-prompt", "--no-config"];
  return childPlugin(Deno.execPath(), ["run", ...flags, testFile("hostile.ts"), name]);
}

function childPlugin(program: string, args: string[]): ChildPlugin {
  const child = new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return new ChildPlugin(child, { plugin: "hostile", onStderr: () => {} });
}

async function healthForever(plugin: PluginProcess): Promise<never> {
  for (;;) await plugin.health();
}
