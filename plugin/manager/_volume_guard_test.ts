// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "../errors.ts";
import { measureFolder } from "./_measure_folder.ts";
import { VolumeGuard } from "./_volume_guard.ts";
import { ManualClock } from "./testdata/manual_clock.ts";

const NEVER = new AbortController().signal;
const VOLUMES = [
  { name: "media", mount: "/media", size_limit: "1MB" },
  { name: "free", mount: "/free" },
];

interface Setting extends AsyncDisposable {
  readonly folder: string;
  readonly guard: VolumeGuard;
  readonly warnings: readonly string[];
  readonly clock: ManualClock;
}

async function openSetting(): Promise<Setting> {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/volumes/media`, { recursive: true });
  await Deno.mkdir(`${folder}/volumes/free`);
  const warnings: string[] = [];
  const clock = new ManualClock(() => {});
  const guard = new VolumeGuard({
    manifest: { name: "p", storage: { volumes: VOLUMES } },
    dataDirectory: folder,
    intervalMs: 10_000,
    restMs: 1000,
    delay: (milliseconds, signal) => clock.delay(milliseconds, signal),
    warn: (message) => warnings.push(message),
  });
  return {
    folder,
    guard,
    warnings,
    clock,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("VolumeGuard.check() warns of a volume that is nearly full and refuses one that is over", async () => {
  await using setting = await openSetting();
  const { folder, guard, warnings } = setting;
  await Deno.writeFile(`${folder}/volumes/free/a`, new Uint8Array(3_000_000));
  await Deno.writeFile(`${folder}/volumes/media/a`, new Uint8Array(800_000));
  await guard.check(NEVER);
  assertEquals(warnings, []);
  await Deno.mkdir(`${folder}/volumes/media/deep/er`, { recursive: true });
  await Deno.writeFile(`${folder}/volumes/media/deep/er/b`, new Uint8Array(150_000));
  await guard.check(NEVER);
  await guard.check(NEVER);
  assertEquals(warnings, ['Its volume "media" is nearly full: it is stopped beyond 1MB']);
  await Deno.writeFile(`${folder}/volumes/media/c`, new Uint8Array(100_000));
  const error = await assertRejects(() => guard.check(NEVER), PluginError);
  assertEquals([error.code, error.plugin], ["over_limit", "p"]);
  assertEquals(error.message, 'Cannot use plugin "p": its volume "media" is over its limit of 1MB');
});

Deno.test("VolumeGuard.watch() looks at intervals, and soon after a call", async (t) => {
  for (const isUsed of [false, true]) {
    await t.step(isUsed ? "after a call" : "at intervals", async () => {
      await using setting = await openSetting();
      const { folder, guard, clock } = setting;
      const watching = assertRejects(() => guard.watch(NEVER), PluginError);
      assertEquals(clock.waits, [10_000]);
      await Deno.writeFile(`${folder}/volumes/media/a`, new Uint8Array(2_000_000));
      if (isUsed) guard.used();
      else clock.advance(10_000);
      while (!clock.waits.includes(1000)) await Promise.resolve();
      clock.advance(1000);
      assertEquals((await watching).code, "over_limit");
      assertEquals(clock.waits, []);
    });
  }
});

Deno.test("VolumeGuard.watch() ends with its signal, and at once without limits", async () => {
  await using setting = await openSetting();
  const ended = new AbortController();
  const watching = setting.guard.watch(ended.signal);
  ended.abort(new Error("enough"));
  await assertRejects(() => watching, Error, "enough");
  const options = { dataDirectory: "/", intervalMs: 1, restMs: 1, warn: () => {} };
  const delay = () => Promise.reject(new Error("never"));
  await new VolumeGuard({ manifest: { name: "p", storage: {} }, delay, ...options }).watch(NEVER);
});

Deno.test("measureFolder() counts what is on the disk, and stops over the limit", async (t) => {
  const folder = await Deno.makeTempDir();
  const measure = (limitBytes = Infinity) => measureFolder(folder, limitBytes, NEVER);
  await t.step("nothing", async () => assertEquals(await measure(), 0));
  await t.step("a folder that is not there", async () => {
    assertEquals(await measureFolder(`${folder}/none`, Infinity, NEVER), 0);
  });
  await t.step("a link is not followed", async () => {
    await Deno.symlink("/", `${folder}/link`);
    assert(await measure() < 10_000);
  });
  await t.step("a hole takes nothing", async () => {
    await Deno.writeFile(`${folder}/hole`, new Uint8Array(1));
    await Deno.truncate(`${folder}/hole`, 1 << 30);
    assert(await measure() < 100_000);
  });
  await t.step("empty files take their names", async () => {
    const before = await measure();
    for (let count = 0; count < 100; count++) await Deno.writeTextFile(`${folder}/${count}`, "");
    assert(await measure() >= before + 25_600);
    assert(await measure(1000) < 10_000);
  });
  await t.step("an abort", async () => {
    await assertRejects(() => measureFolder(folder, Infinity, AbortSignal.abort()), DOMException);
  });
  await Deno.remove(folder, { recursive: true });
});
