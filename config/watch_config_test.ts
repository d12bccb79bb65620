// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { join } from "node:path";
import {
  type ConfigChange,
  ConfigError,
  formatIssue,
  loadConfig,
  watchConfig,
  type WatchOptions,
} from "./mod.ts";

// Tests write at once, so that no file settles halfway through a write on a busy machine.
const OPTIONS: WatchOptions = { env: {}, settleMs: 20 };

interface Watched {
  readonly folder: string;
  readonly path: string;
  readonly changes: AsyncGenerator<ConfigChange, void, void>;
}

/** Watches a file in a folder of its own for the time of a test. */
async function watching(
  text: string | undefined,
  run: (watched: Watched) => Promise<void>,
  options: WatchOptions = OPTIONS,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "sigil.yaml");
  if (text !== undefined) await Deno.writeTextFile(path, text);
  const changes = watchConfig(path, options);
  try {
    await run({ folder, path, changes });
  } finally {
    await changes.return();
    await Deno.remove(folder, { recursive: true });
  }
}

function withWindow(size: number): string {
  return `sessions: {memory: {active_window: ${size}}}\n`;
}

/** Tells a change in a word: the window of a config, or the code of its first issue. */
async function describe(change: Promise<IteratorResult<ConfigChange, void>>): Promise<unknown> {
  const { value } = await change;
  assert(value);
  return value.status === "loaded"
    ? value.config.sessions.memory.active_window
    : value.issues[0]?.code;
}

Deno.test("watchConfig() gives each new config", () =>
  watching(withWindow(1), async ({ path, changes }) => {
    for (const size of [2, 3]) {
      const change = changes.next();
      Deno.writeTextFileSync(path, withWindow(size));
      assertEquals(await describe(change), size);
    }
  }));

Deno.test("watchConfig() reports an invalid file and goes on", () =>
  watching(withWindow(1), async ({ path, changes }) => {
    const texts: [string, unknown][] = [
      ["sessions: [", "syntax"],
      ["sesions: {}", "unknown_key"],
      ["models: {default: nobody/x}", "unknown_reference"],
      [" \n", "empty"],
      [withWindow(1), 1],
    ];
    for (const [text, expected] of texts) {
      const change = changes.next();
      Deno.writeTextFileSync(path, text);
      assertEquals(await describe(change), expected);
    }
  }));

Deno.test("watchConfig() takes a slow save for one change", async (t) => {
  const broken = "sessions: [";
  const halves: Record<string, (path: string) => Promise<void>> = {
    "that empties the file first": (path) => Deno.writeTextFile(path, ""),
    "that takes the old file away first": (path) => Deno.remove(path),
  };
  for (const [name, begin] of Object.entries(halves)) {
    await t.step(name, () =>
      watching(broken, async ({ path, changes }) => {
        const change = changes.next();
        await begin(path);
        await new Promise((resolve) => setTimeout(resolve, 250)); // it has settled halfway
        Deno.writeTextFileSync(path, broken);
        const saved = new Promise((resolve) => setTimeout(resolve, 250, "nothing"));
        assertEquals(await Promise.race([saved, change]), "nothing");
        Deno.writeTextFileSync(path, withWindow(2));
        assertEquals(await describe(change), 2);
      }, { env: {}, settleMs: 100 }));
  }
});

Deno.test("watchConfig() tells where an invalid file is wrong", () =>
  watching("", async ({ path, changes }) => {
    const change = changes.next();
    Deno.writeTextFileSync(path, "models:\n  default: nobody/x\n");
    const { value } = await change;
    assert(value?.status === "invalid");
    assertEquals(value.issues.map(formatIssue), [
      'models.default (2:12): There is no provider "nobody"',
    ]);
    assertEquals(value.issues[0]?.source, path);
  }));

Deno.test("watchConfig() follows a file that is replaced", () =>
  watching(withWindow(1), async ({ folder, path, changes }) => {
    for (const size of [2, 3, 4]) {
      const change = changes.next();
      Deno.writeTextFileSync(join(folder, ".sigil.yaml.swp"), withWindow(size));
      await Deno.rename(join(folder, ".sigil.yaml.swp"), path);
      assertEquals(await describe(change), size);
    }
  }));

Deno.test("watchConfig() follows a file that is removed and put back", () =>
  watching(withWindow(1), async ({ path, changes }) => {
    const removed = changes.next();
    await Deno.remove(path);
    assertEquals(await describe(removed), "not_found");
    const back = changes.next();
    Deno.writeTextFileSync(path, withWindow(1));
    assertEquals(await describe(back), 1);
  }));

Deno.test("watchConfig() waits for a file that is not there yet", () =>
  watching(undefined, async ({ path, changes }) => {
    const change = changes.next();
    Deno.writeTextFileSync(path, withWindow(5));
    assertEquals(await describe(change), 5);
  }));

Deno.test("watchConfig() takes writes that come together as one", () =>
  watching(withWindow(1), async ({ path, changes }) => {
    const change = changes.next();
    for (let size = 2; size <= 20; size++) Deno.writeTextFileSync(path, withWindow(size));
    assertEquals(await describe(change), 20);
    const next = changes.next();
    Deno.writeTextFileSync(path, withWindow(21));
    assertEquals(await describe(next), 21);
  }));

Deno.test("watchConfig() gives nothing for a text that has not changed, or for other files", () =>
  watching(withWindow(1), async ({ folder, path, changes }) => {
    const change = changes.next();
    Deno.writeTextFileSync(path, withWindow(1));
    Deno.writeTextFileSync(join(folder, "other.yaml"), withWindow(7));
    Deno.writeTextFileSync(path, withWindow(2));
    assertEquals(await describe(change), 2);
  }));

Deno.test("watchConfig() gives what changed since the current config was loaded", async () => {
  await watching(withWindow(1), async ({ path }) => {
    const current = await loadConfig({ path, env: {} });
    Deno.writeTextFileSync(path, withWindow(2));
    const changes = watchConfig(path, { ...OPTIONS, current });
    assertEquals(await describe(changes.next()), 2);
    await changes.return();
  });
});

Deno.test("watchConfig() puts variables and flags before the file", () =>
  watching(
    "",
    async ({ path, changes }) => {
      const change = changes.next();
      Deno.writeTextFileSync(
        path,
        "sessions: {memory: {active_window: 1}}\nstorage: {directory: a}",
      );
      const { value } = await change;
      assert(value?.status === "loaded");
      assertEquals(value.config.sessions.memory.active_window, 30);
      assertEquals(value.config.storage.directory, "b");
    },
    {
      ...OPTIONS,
      env: { SIGIL_SESSIONS_MEMORY_ACTIVE_WINDOW: "30" },
      flags: { "storage.directory": "b" },
    },
  ));

Deno.test("watchConfig() follows a link that is turned", async () => {
  await watching(undefined, async ({ folder, path }) => {
    for (const size of [1, 2]) {
      await Deno.mkdir(join(folder, `v${size}`));
      Deno.writeTextFileSync(join(folder, `v${size}`, "sigil.yaml"), withWindow(size));
    }
    await Deno.symlink("v1", join(folder, "..data"));
    await Deno.symlink(join("..data", "sigil.yaml"), path);
    const changes = watchConfig(path, OPTIONS);
    const change = changes.next();
    await Deno.symlink("v2", join(folder, "..data_tmp"));
    await Deno.rename(join(folder, "..data_tmp"), join(folder, "..data"));
    assertEquals(await describe(change), 2);
    await changes.return();
  });
});

Deno.test("watchConfig() throws the signal's reason", async (t) => {
  const reason = new Error("enough");
  await t.step("when it has aborted before", () =>
    watching("", async ({ changes }) => {
      assertStrictEquals(await assertRejects(() => changes.next()), reason);
    }, { ...OPTIONS, signal: AbortSignal.abort(reason) }));
  await t.step("when it aborts while waiting", async () => {
    const controller = new AbortController();
    await watching("", async ({ changes }) => {
      const change = changes.next();
      controller.abort(reason);
      assertStrictEquals(await assertRejects(() => change), reason);
    }, { ...OPTIONS, signal: controller.signal });
  });
  await t.step("when it aborts while a file settles", async () => {
    const controller = new AbortController();
    const options = { ...OPTIONS, settleMs: 60_000, signal: controller.signal };
    await watching("", async ({ path, changes }) => {
      const change = changes.next();
      const seen = Deno.watchFs(path)[Symbol.asyncIterator]();
      const event = seen.next();
      Deno.writeTextFileSync(path, withWindow(2));
      await event;
      controller.abort(reason);
      assertStrictEquals(await assertRejects(() => change), reason);
      await seen.return?.();
    }, options);
  });
});

Deno.test("watchConfig() refuses a folder that is not there", async () => {
  const folder = await Deno.makeTempDir();
  const changes = watchConfig(join(folder, "none", "sigil.yaml"), OPTIONS);
  const error = await assertRejects(() => changes.next(), ConfigError, "Cannot watch config");
  assertEquals(error.code, "not_found");
  await Deno.remove(folder);
});
