// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertMatch } from "@std/assert";
import { runCommand } from "../../gateway/commands/run_command.ts";
import { PROJECT_ROOT } from "../../tools/workspace.ts";
import { FakeTerminal } from "./_fake_terminal.ts";
import { nextTick } from "./_processes.ts";
import { makeTempDir } from "./_temp_dir.ts";

/** A terminal with a person who types these lines. */
class AttendedTerminal extends FakeTerminal {
  override readonly isInteractive = true;
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly notes: string;
}

interface Setting {
  readonly folder: string;
  readonly args: readonly string[];
  run(args: readonly string[], typed?: readonly string[]): Promise<Ran>;
}

async function openSetting(yaml = ""): Promise<Setting> {
  const folder = await makeTempDir();
  const config = `${folder}/sigil.yaml`;
  // Ollama may listen on the machine that runs the tests; a provider of that type stands in its way.
  const ollama = "providers:\n  ollama: { enabled: false }\n";
  await Deno.writeTextFile(config, ollama + yaml);
  const args = ["--config", config, "--data", `${folder}/data`];
  return {
    folder,
    args,
    async run(rest, typed) {
      const terminal = typed === undefined ? new FakeTerminal() : new AttendedTerminal(typed);
      const code = await runCommand([...args, ...rest], terminal);
      return { code, out: terminal.out, notes: terminal.notes };
    },
  };
}

async function startGateway({ args }: Setting): Promise<AsyncDisposable> {
  const terminal = new FakeTerminal();
  const ended = runCommand([...args, "start", "--listen", "127.0.0.1:0"], terminal);
  await Promise.race([terminal.waitFor(/listens on/), ended]);
  return {
    async [Symbol.asyncDispose]() {
      terminal.stop();
      assertEquals(await ended, 0, terminal.notes);
    },
  };
}

for (const isRunning of [false, true]) {
  const where = isRunning ? "a running gateway" : "no gateway";

  Deno.test(`sigil plugin writes, enables and removes, with ${where}`, async (t) => {
    const setting = await openSetting();
    await using _ = isRunning ? await startGateway(setting) : undefined;
    const { run, folder } = setting;
    await t.step("list, when there are none", async () => {
      assertMatch((await run(["plugin", "list"])).notes, /sigil plugin new hello/);
    });
    await t.step("new", async () => {
      const { code, out, notes } = await run(["plugin", "new", "hello"]);
      assertEquals(code, 0, notes);
      assertMatch(out, /data\/plugins\/hello:\n {2}deno\.json\n/);
      assertMatch(notes, /Next: sigil plugin enable hello/);
      assertMatch((await run(["plugin", "new", "hello"])).notes, /there is something in/);
      assertMatch((await run(["plugin", "new", "No Name"])).notes, /Cannot name a plugin/);
    });
    await t.step("inspect", async () => {
      const { out } = await run(["plugin", "inspect", "hello"]);
      assertMatch(out, /^hello 0\.1\.0 \(tool\), not enabled, discovered\nFolder: /);
      assertMatch(out, /It asks for:\n {2}- Runs in a process of its own\n {2}- Uses tool\.hello/);
      const shown = JSON.parse((await run(["plugin", "inspect", "hello", "--json"])).out);
      assertEquals([shown.name, shown.enabled], ["hello", false]);
      assertMatch((await run(["plugin", "inspect", "none"])).notes, /there is none of that name/);
    });
    await t.step("enable, and a person says no", async () => {
      const { code, notes } = await run(["plugin", "enable", "hello"], [""]);
      assertEquals(code, 0);
      assertMatch(notes, /Uses tool\.hello.*Not enabled/s);
    });
    await t.step("enable, and a person says yes", async () => {
      const { code, out, notes } = await run(["plugin", "enable", "hello"], ["y"]);
      assertEquals(code, 0, notes);
      assertMatch(out, isRunning ? /enabled and runs\nIts tools: hello__greet/ : /when a gateway/);
      assertMatch(await Deno.readTextFile(`${folder}/sigil.yaml`), /hello:\n +enabled: true/);
    });
    await t.step("the agent uses it", async () => {
      const { out } = await run(["chat", '/tool hello__greet {"name": "Ada"}']);
      assertMatch(out, /Hello, Ada!/);
    });
    await t.step("reload", async () => {
      const { code, notes } = await run(["plugin", "reload", "hello"]);
      assertEquals(code, isRunning ? 0 : 1);
      if (!isRunning) assertMatch(notes, /no gateway runs/);
    });
    await t.step("one that asks for more is refused until it is enabled again", async () => {
      const manifest = `${folder}/data/plugins/hello/plugin.yaml`;
      const before = await Deno.readTextFile(manifest);
      const more = "  - pattern: sessions.read.self\n    description: To look back\n";
      await Deno.writeTextFile(manifest, before.replace(/^capabilities:\n/m, `$&${more}`));
      const refused = await run(["plugin", "reload", "hello"]);
      assertEquals(refused.code, 1);
      if (isRunning) {
        assertMatch(refused.notes, /asks for something else.*Uses sessions\.read\.self/s);
      }
      const { notes } = await run(["chat", '/tool hello__greet {"name": "Ada"}']);
      if (!isRunning) assertMatch(notes, /enable it again to approve that/);
      const enabled = await run(["plugin", "enable", "hello"], ["y"]);
      assertEquals(enabled.code, 0, enabled.notes);
      assertMatch(enabled.notes, /Uses sessions\.read\.self: To look back/);
      const { out } = await run(["chat", '/tool hello__greet {"name": "Ada"}']);
      assertMatch(out, /Hello, Ada!/);
    });
    await t.step("logs", async () => {
      const { code, notes } = await run(["plugin", "logs", "hello"]);
      assertEquals(code, 0, notes);
    });
    await t.step("doctor", async () => {
      const { out } = await run(["doctor"]);
      assertMatch(out, /^ok +plugin hello: 0\.1\.0, (running|discovered)$/m);
      assertMatch(out, /^(ok|warning) +isolation prlimit: /m);
    });
    await t.step("a new version waits for a yes, and the old one is stopped", async () => {
      const again = ["plugin", "install", `${folder}/hello`];
      await run(["plugin", "new", "hello", "--folder", `${folder}/hello`]);
      assertEquals((await run(again, ["y"])).code, 1);
      const { code, out, notes } = await run([...again, "--replace"], ["n"]);
      assertEquals(code, 0, notes);
      assertMatch(out, /^Installed hello 0\.1\.0: 4 files/);
      assertMatch((await run(["plugin", "list"])).out, /^hello +0\.1\.0 +tool +no/m);
    });
    await t.step("nobody is there to be asked, so it is installed and not enabled", async () => {
      const args = ["plugin", "install", `${folder}/hello`, "--replace"];
      const { code, notes } = await run(args);
      assertEquals(code, 0, notes);
      assertMatch(notes, /Uses tool\.hello.*Not enabled yet: sigil plugin enable hello/s);
    });
    await t.step("one whose hash is another is not installed", async () => {
      await run(["plugin", "new", "other", "--folder", `${folder}/other`]);
      const args = ["plugin", "install", `${folder}/other`, "--hash", "sha256-none", "--yes"];
      const { code, notes } = await run(args);
      assertEquals(code, 1);
      assertMatch(notes, /its hash is/);
      assert(!(await run(["plugin", "list"])).out.includes("other"));
    });
    await t.step("one that cannot run says why", async () => {
      await Deno.writeTextFile(`${folder}/hello/plugin.ts`, "export default { nothing: 1 };\n");
      const args = ["plugin", "install", `${folder}/hello`, "--replace", "--yes"];
      const { code, notes } = await run(args);
      assertEquals(code, isRunning ? 1 : 0, notes);
      if (isRunning) assertMatch(notes, /Cannot .*plugin "hello".*Next step: See sigil plugin/s);
    });
    await t.step("disable", async () => {
      assertEquals((await run(["plugin", "disable", "hello"])).out, "hello is disabled\n");
    });
    await t.step("remove", async () => {
      assertEquals((await run(["plugin", "remove", "hello"], ["n"])).code, 0);
      assertMatch((await run(["plugin", "list"])).out, /^hello/m);
      assertEquals((await run(["plugin", "remove", "hello", "--yes"])).out, "Removed hello\n");
      assertEquals((await run(["plugin", "list"])).out, "");
    });
  });
}

Deno.test("sigil plugin enable leaves everything as it was when the plugin does not start", async (t) => {
  const setting = await openSetting("plugins:\n  none: { enabled: false } # not yet\n");
  const { run, folder } = setting;
  await using _ = await startGateway(setting);
  const main = `${folder}/data/plugins/hello/plugin.ts`;
  const approved = `${folder}/data/plugin-data/hello/approved.json`;
  const kept = async () => [
    await Deno.readTextFile(`${folder}/sigil.yaml`),
    await Deno.readTextFile(approved).catch(() => ""),
  ];
  await run(["plugin", "new", "hello"]);
  const works = await Deno.readTextFile(main);
  const breaks = 'throw new Error("no such thing");\n';
  await t.step("one that was never enabled", async () => {
    const before = await kept();
    await Deno.writeTextFile(main, breaks);
    const { code, notes } = await run(["plugin", "enable", "hello", "--yes"]);
    assertEquals(code, 1);
    assertMatch(
      notes,
      /Cannot enable plugin "hello": it does not start, and is disabled again: /m,
    );
    assertMatch(notes, /no such thing/);
    assertMatch(notes, /Next step: See sigil plugin logs hello, mend it, and enable it again/);
    assertEquals(await kept(), before);
    const { out } = await run(["plugin", "list"]);
    assertMatch(out, /^hello +0\.1\.0 +tool +no +stopped/m);
    assertMatch((await run(["plugin", "logs", "hello"])).out, /no such thing/);
    const audit = await run(["audit", "list", "--plugin", "hello", "--json"]);
    const entries: { action: string; result: string }[] = JSON.parse(audit.out);
    const results = (of: string) =>
      entries.filter(({ action }) => action === of).map(({ result }) => result).toReversed();
    assertEquals(results("plugin.approve"), ["ok", "undone"]);
    assertEquals(results("plugin.enable"), ["ok", "undone"]);
  });
  await t.step("and once it is mended, it is enabled", async () => {
    await Deno.writeTextFile(main, works);
    const { code, notes, out } = await run(["plugin", "enable", "hello", "--yes"]);
    assertEquals(code, 0, notes);
    assertMatch(out, /enabled and runs/);
  });
  await t.step("new files of one that runs are not approved by that", async () => {
    const before = await kept();
    await Deno.writeTextFile(main, breaks);
    const { code, notes } = await run(["plugin", "enable", "hello", "--yes"]);
    assertEquals(code, 1);
    assertMatch(notes, /Cannot enable plugin "hello" again: .*no such thing/);
    assertEquals(await kept(), before);
    await Deno.writeTextFile(main, works);
    const mended = await run(["plugin", "enable", "hello", "--yes"]);
    assertEquals(mended.code, 0, mended.notes);
    assertMatch((await run(["chat", '/tool hello__greet {"name": "Ada"}'])).out, /Hello, Ada!/);
  });
});

Deno.test("sigil start goes on when a plugin cannot start", async () => {
  const setting = await openSetting("plugins:\n  missing: {}\n  openai: {}\n");
  await setting.run(["plugin", "new", "openai", "--type", "provider"]);
  await using _ = await startGateway(setting);
  const shown = async () => {
    const { out } = await setting.run(["plugin", "inspect", "missing", "--json"]);
    return JSON.parse(out);
  };
  while ((await shown()).state !== "error") await nextTick();
  assertMatch((await shown()).message, /^There is no folder ".*\/plugins\/missing"$/);
  assertEquals((await setting.run(["chat", "Hello"])).code, 0);
  const { out } = await setting.run(["doctor"]);
  assertMatch(out, /^FAILURE plugin missing: .*\n +→ .*: sigil plugin disable missing$/m);
  assertMatch((await setting.run(["plugin", "logs", "missing"])).out, /manager .*plugin\.yaml/);
});

for (const isRunning of [false, true]) {
  const where = isRunning ? "in a running gateway" : "where no gateway runs";

  Deno.test(`a plugin whose folder was deleted is told of, ${where}`, async (t) => {
    const setting = await openSetting();
    const { run, folder } = setting;
    await using _ = isRunning ? await startGateway(setting) : undefined;
    await run(["plugin", "new", "hello"]);
    assertEquals((await run(["plugin", "enable", "hello", "--yes"])).code, 0);
    const path = `${folder}/data/plugins/hello`;
    await Deno.remove(path, { recursive: true });
    const nextStep = /Bring the folder back, or install it again, or: sigil plugin disable hello/;
    await t.step("by list", async () => {
      const { code, out, notes } = await run(["plugin", "list"]);
      assertEquals(code, 0);
      assertMatch(out, /^hello .* yes .* There is no folder "/m);
      assertMatch(notes, nextStep);
      const [shown] = JSON.parse((await run(["plugin", "list", "--json"])).out);
      assertEquals([shown.isFolderGone, shown.directory], [true, path]);
    });
    await t.step("by inspect", async () => {
      const { out, notes } = await run(["plugin", "inspect", "hello"]);
      assertMatch(out, /^Problem: There is no folder "/m);
      assertMatch(notes, nextStep);
    });
    await t.step("by doctor", async () => {
      const { code, out } = await run(["doctor"]);
      assertEquals(code, 1);
      assertMatch(
        out,
        /^FAILURE plugin hello: There is no folder ".*"\n +→ Bring the folder back/m,
      );
    });
    if (isRunning) {
      await t.step("by status", async () => {
        const { code, out, notes } = await run(["status"]);
        assertEquals(code, 0);
        assertMatch(out, /^hello +running +There is no folder "/m);
        assertMatch(notes, nextStep);
        const { plugins } = JSON.parse((await run(["status", "--json"])).out);
        assertEquals(plugins.map(({ name }: { name: string }) => name), ["hello"]);
      });
    }
    await t.step("until it is disabled", async () => {
      const { code, notes } = await run(["plugin", "disable", "hello"]);
      assertEquals(code, 0, notes);
      assertEquals((await run(["plugin", "list"])).out, "");
      assert(!(await run(["doctor"])).out.includes("plugin hello"));
    });
  });
}

Deno.test("sigil without plugins starts no program, and needs no leave to", async () => {
  const { folder, args } = await openSetting();
  const granted = ["--allow-read", `--allow-write=${folder}`, "--allow-env", "--allow-net"];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...granted, "main.ts", ...args, "chat", "Hello"],
    cwd: PROJECT_ROOT,
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  assert(stdout.length > 0);
});

Deno.test("sigil chat says why a plugin does not run in it", async () => {
  const setting = await openSetting("plugins:\n  missing: {}\n");
  const { code, notes } = await setting.run(["chat", "Hello"]);
  assertEquals(code, 0);
  assertMatch(notes, /^plugin failed: Cannot .*plugin\.yaml/m);
});

Deno.test("sigil user invites, approves and denies who comes over a channel", async (t) => {
  const setting = await openSetting();
  await using _ = await startGateway(setting);
  const { run } = setting;
  await t.step("invite", async () => {
    const { out, notes } = await run(["user", "invite", "--channel", "chat"]);
    assertMatch(out, /^\w{5}-\w{5}\n$/);
    assertMatch(notes, /not shown again/);
    assertEquals((await run(["user", "invite", "--channel", "chat", "--user", "no"])).code, 1);
  });
  await t.step("approve and deny", async () => {
    await run(["user", "add", "Ada", "--id", "ada"]);
    const paired = await run(["user", "pair", "ada", "--channel", "chat", "--chat", "5"]);
    const id = paired.out.trim();
    assertEquals((await run(["user", "deny", "ada", id])).out, `${id} is denied\n`);
    assertEquals((await run(["user", "approve", "ada", id])).out, `${id} is active\n`);
  });
});

Deno.test("sigil user invite takes a gateway that runs", async () => {
  const setting = await openSetting();
  const { code, notes } = await setting.run(["user", "invite", "--channel", "chat"]);
  assertEquals(code, 1);
  assertMatch(notes, /no gateway runs\nNext step: Start one/);
});
