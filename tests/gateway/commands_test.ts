// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertMatch, assertObjectMatch } from "@std/assert";
import { join } from "node:path";
import { runCommand } from "../../gateway/commands/run_command.ts";
import { VERSION } from "../../gateway/version.ts";
import { FakeTerminal, type Ran, run } from "./_fake_terminal.ts";
import { openSlowVendor } from "./_slow_vendor.ts";
import { makeTempDir } from "./_temp_dir.ts";

/** Commands over data of their own; a gateway of this process may serve it. */
interface Setting {
  readonly data: string;
  readonly args: readonly string[];
  sigil(...args: readonly string[]): Promise<Ran>;
}

async function openSetting(yaml: string = ""): Promise<Setting> {
  const folder = await makeTempDir();
  const config = join(folder, "sigil.yaml");
  const data = join(folder, "data");
  await Deno.writeTextFile(config, yaml);
  const args = ["--config", config, "--data", data];
  return {
    data,
    args,
    sigil: (...rest) => run([...args, ...rest]),
  };
}

/** A gateway started by the command, until it is stopped by a signal. */
async function startGateway(
  { args }: Setting,
): Promise<AsyncDisposable & { terminal: FakeTerminal }> {
  const terminal = new FakeTerminal();
  const ended = runCommand([...args, "start", "--listen", "127.0.0.1:0"], terminal);
  await Promise.race([terminal.waitFor(/listens on/), ended]);
  return {
    terminal,
    async [Symbol.asyncDispose]() {
      terminal.stop();
      assertEquals(await ended, 0, terminal.notes);
    },
  };
}

for (const isRunning of [false, true]) {
  const where = isRunning ? "a running gateway" : "no gateway";

  Deno.test(`sigil talks and looks into what was said, with ${where}`, async (t) => {
    const setting = await openSetting();
    await using _ = isRunning ? await startGateway(setting) : undefined;
    const { sigil } = setting;
    await t.step("chat, once", async () => {
      const { code, out, notes } = await sigil(
        "chat",
        "--session",
        "s1",
        "Remember that owls hoot",
      );
      assertEquals(code, 0, notes);
      assertMatch(out, /owls hoot.*\n$/s);
      assertMatch(notes, /\[memory_remember /);
    });
    await t.step("chat, once, as JSON", async () => {
      const { out } = await sigil("chat", "--json", "--session", "s1", "What hoots?");
      const events = JSON.parse(out);
      assertObjectMatch(events[0], { type: "started", sessionId: "s1" });
      assertEquals(events.at(-1).type, "done");
    });
    await t.step("chat, line by line, in one session", async () => {
      const lines = ["My cat is Tom", "", "What is my cat?"];
      const { code, out, notes } = await run([...setting.args, "chat"], lines);
      assertEquals(code, 0, notes);
      assertMatch(out, /My cat is Tom/);
      const [, session = ""] = /sigil chat --session (\S+)/.exec(notes) ?? [];
      const shown = await sigil("session", "show", session);
      assertMatch(shown.out, /user\nMy cat is Tom\n.*user\nWhat is my cat\?/s);
    });
    await t.step("session list", async () => {
      assertMatch((await sigil("session", "list")).out, /^SESSION .*\n.*\ns1 +owner +active/);
      assertEquals(JSON.parse((await sigil("session", "list", "--json")).out).length, 2);
    });
    await t.step("session export", async () => {
      const { session, messages } = JSON.parse((await sigil("session", "export", "s1")).out);
      assertEquals(session.id, "s1");
      assertEquals(messages[0].content, "Remember that owls hoot");
    });
    await t.step("memory search", async () => {
      const { out } = await sigil("memory", "search", "owl", "hooting");
      assertMatch(out, /user +session s1\n +Remember that owls hoot/);
      const { items } = {
        items: JSON.parse((await sigil("memory", "search", "--json", "--all", "owls")).out),
      };
      assert(items.length > 0);
      assert(items.every(({ role }: { role: string }) => role !== "tool"), "Memory holds an echo");
      assertMatch((await sigil("memory", "search", "zebra")).notes, /Nothing was said/);
    });
    await t.step("session delete", async () => {
      assertEquals((await sigil("session", "delete", "s1")).code, 0);
      const gone = await sigil("session", "show", "s1");
      assertEquals(gone.code, 1);
      assertMatch(gone.notes, /^Error: Cannot get session "s1"/);
    });
    await t.step("audit list and verify", async () => {
      const { out } = await sigil("audit", "list", "--action", "session.delete");
      assertMatch(out, /^TIME .*\n.* session\.delete +owner +ok/);
      assertEquals(
        JSON.parse((await sigil("audit", "list", "--json", "--limit", "1")).out).length,
        1,
      );
      assertMatch((await sigil("audit", "verify")).out, /^Intact: \d+ entries\n$/);
      assertObjectMatch(JSON.parse((await sigil("audit", "verify", "--json")).out), {
        status: "intact",
      });
    });
    await t.step("doctor", async () => {
      const { code, out } = await sigil("doctor");
      assertEquals(code, 0, out);
      assertMatch(out, /^ok +workspace default: /m);
      assertMatch(out, /^warning providers: .*\n +→ /m);
      const findings = JSON.parse((await sigil("doctor", "--json")).out);
      assert(findings.length > 8);
    });
  });

  Deno.test(`sigil user adds, pairs and lists, with ${where}`, async () => {
    const setting = await openSetting();
    await using _ = isRunning ? await startGateway(setting) : undefined;
    const { sigil } = setting;
    assertEquals(
      (await sigil("user", "add", "Ada", "--id", "ada", "--role", "guest")).out,
      "ada\n",
    );
    const token = await sigil("user", "token", "ada");
    assertMatch(token.out, /^sigil_\S{40,}\n$/);
    assertMatch(token.notes, /not shown again/);
    const paired = await sigil("user", "pair", "ada", "--channel", "telegram", "--chat", "5");
    const { out } = await sigil("user", "list");
    assertMatch(out, /^ada +Ada +guest +yes$/m);
    assertMatch(out, new RegExp(`^${paired.out.trim()} +ada +telegram +5 +default +active$`, "m"));
    assertEquals((await sigil("user", "unpair", "ada", paired.out.trim())).code, 0);
    assertEquals(JSON.parse((await sigil("user", "list", "--json")).out).pairings, []);
  });

  Deno.test(`sigil user knows users by their names, with ${where}`, async () => {
    const setting = await openSetting();
    await using _ = isRunning ? await startGateway(setting) : undefined;
    const { sigil } = setting;
    await sigil("user", "add", "robin");
    assertMatch((await sigil("user", "token", "robin")).out, /^sigil_/);
    const paired = await sigil("user", "pair", "robin", "--channel", "telegram", "--chat", "5");
    assertEquals((await sigil("user", "unpair", "robin", paired.out.trim())).code, 0);
    await sigil("user", "add", "robin", "--id", "second");
    const unclear = await sigil("user", "token", "robin");
    assertEquals([unclear.code, unclear.out], [1, ""]);
    assertMatch(unclear.notes, /2 users have that name\nNext step: .*sigil user list/);
    assertMatch((await sigil("user", "token", "second")).out, /^sigil_/);
    assertMatch((await sigil("user", "token", "nobody")).notes, /no user has that id/);
  });
}

Deno.test("sigil workspace lists and shows what is configured", async () => {
  const yaml = "users:\n  ada: {role: member}\nworkspaces:\n  lab:\n    description: For one\n" +
    "    members: [ada]\n";
  const setting = await openSetting(yaml);
  const { sigil } = setting;
  const { out } = await sigil("workspace", "list");
  assertMatch(out, /^default +everybody/m);
  assertMatch(out, /^lab +ada +the default +For one$/m);
  const shown = JSON.parse((await sigil("workspace", "show", "lab")).out);
  assertObjectMatch(shown, { id: "lab", members: ["ada"] });
  assertEquals(JSON.parse((await sigil("workspace", "list", "--json")).out).length, 2);
  assertMatch((await sigil("user", "list")).out, /^ada +ada +member +no$/m);
  const { code, notes } = await sigil("workspace", "show", "none");
  assertEquals(code, 1);
  assertMatch(notes, /^Error: Cannot use workspace "none"/);
});

Deno.test("sigil config shows without secrets, and tells everything that is wrong", async (t) => {
  const setting = await openSetting("auth:\n  token: a-very-secret-token\n");
  await t.step("show", async () => {
    const { out } = await setting.sigil("config", "show");
    assertEquals(JSON.parse(out).auth.token, "[redacted]");
  });
  await t.step("validate", async () => {
    assertMatch((await setting.sigil("config", "validate")).out, /is valid/);
  });
  await t.step("validate what is not valid", async () => {
    const file = join(await makeTempDir(), "bad.yaml");
    await Deno.writeTextFile(file, "networking:\n  lisen: 1\nmodels:\n  default: none/x\n");
    for (const args of [["config", "validate", file], ["--config", file, "start"]]) {
      const { code, notes } = await setting.sigil(...args);
      assertEquals(code, 1);
      assertMatch(notes, /networking\.lisen \(2:3\)/);
      assertMatch(notes, /models\.default \(4:12\)/);
      assertMatch(notes, /Next step: /);
    }
  });
  await t.step("a file that is not there", async () => {
    const { code, notes } = await setting.sigil(
      "--config",
      "/nowhere/sigil.yaml",
      "config",
      "show",
    );
    assertEquals(code, 1);
    assertMatch(notes, /^Error: .*\/nowhere\/sigil\.yaml.*\nNext step: /s);
  });
  await t.step("a token that is none", async () => {
    const short = await openSetting("auth:\n  token: short\n");
    const { code, notes } = await short.sigil("start", "--listen", "127.0.0.1:0");
    assertEquals(code, 1);
    assertMatch(notes, /auth\.token|token/);
    assert(!notes.includes(" short\n"));
  });
});

Deno.test("sigil names its commands as they are called here", async (t) => {
  class TaskTerminal extends FakeTerminal {
    override readonly program = "deno task sigil";
  }
  const directory = await makeTempDir();
  const texts: Readonly<Record<string, readonly [args: readonly string[], text: string]>> = {
    "in its help": [["--help"], "Usage: deno task sigil [options]"],
    "in first steps": [["--help"], "\n  deno task sigil doctor "],
    "in the help of a command": [["plugin", "new", "--help"], "  deno task sigil plugin new hello"],
    "in the usage of a command": [["plugin", "new", "--help"], "Usage: deno task sigil plugin new"],
    "in what can be done": [["--data", directory, "status"], "Start one: deno task sigil start\n"],
    "in a wrong call": [["strat"], "unknown command 'strat'"],
  };
  for (const [name, [args, text]] of Object.entries(texts)) {
    await t.step(name, async () => {
      const terminal = new TaskTerminal();
      await runCommand(args, terminal);
      assert((terminal.out + terminal.notes).includes(text), terminal.out + terminal.notes);
    });
  }
});

Deno.test("sigil status tells whether a gateway runs", async () => {
  const setting = await openSetting();
  const before = await setting.sigil("status");
  assertEquals(before.code, 1);
  assertMatch(before.notes, /^Error: No gateway runs on .*\nNext step: Start one: sigil start/);
  await using _ = await startGateway(setting);
  const running = await setting.sigil("status");
  assertEquals(running.code, 0);
  assertMatch(running.out, /runs at http:.*\(process \d+\)\n.*\n\nPROVIDER.*\nlocal +yes/);
  assertObjectMatch(JSON.parse((await setting.sigil("status", "--json")).out), { pid: Deno.pid });
});

Deno.test("sigil start refuses what cannot be, with the next step", async (t) => {
  const setting = await openSetting();
  await using first = await startGateway(setting);
  const [, port = ""] = /listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(first.terminal.out) ?? [];
  const file = join(setting.data, "token");
  const cases = [
    { name: "held data", args: ["--data", setting.data], notes: /gateway of process \d+ holds it/ },
    { name: "a taken port", args: ["--listen", `127.0.0.1:${port}`], notes: /the port is taken/ },
    { name: "a file for a folder", args: ["--data", file], notes: /Cannot use the data directory/ },
  ];
  for (const { name, args, notes } of cases) {
    await t.step(name, async () => {
      const data = await makeTempDir();
      const global = args[0] === "--data" ? args : ["--data", data];
      const own = args[0] === "--listen" ? args : ["--listen", "127.0.0.1:0"];
      const ran = await run([...global, "start", ...own]);
      assertEquals(ran.code, 1);
      assertMatch(ran.notes, notes);
      assertMatch(ran.notes, /\nNext step: /);
    });
  }
  await t.step("and an address that is none", async () => {
    const ran = await setting.sigil("start", "--listen", "nonsense");
    assertEquals(ran.code, 1);
    assertMatch(ran.notes, /Expected host:port/);
  });
});

Deno.test("sigil chat stops an answer when it is told to", async () => {
  await using vendor = openSlowVendor("Tom is");
  const yaml =
    `providers:\n  crawl:\n    type: openai-compatible\n    base_url: ${vendor.baseUrl}\n`;
  const setting = await openSetting(yaml);
  await using _ = await startGateway(setting);
  const terminal = new FakeTerminal(["Who is Tom?"]);
  const ended = runCommand([...setting.args, "chat", "--model", "crawl/slow"], terminal);
  await terminal.waitFor(/Tom is/);
  terminal.stop();
  assertEquals(await ended, 0);
  assertMatch(terminal.notes, /\(stopped\)/);
  const once = new FakeTerminal();
  const args = [...setting.args, "chat", "--model", "crawl/slow", "Who?"];
  const endedOnce = runCommand(args, once);
  await once.waitFor(/Tom is/);
  once.stop();
  assertEquals(await endedOnce, 1);
  assertMatch(once.notes, /Error: Stopped the answer\n$/);
});

Deno.test("sigil chat tells what went wrong, and what to do", async () => {
  const setting = await openSetting();
  const { code, notes } = await setting.sigil("chat", "--model", "none/x", "Hello");
  assertEquals(code, 1);
  assertMatch(notes, /^Error: Cannot route "none\/x".*\nNext step: /);
  const lines = await run([...setting.args, "chat", "--model", "none/x"], ["Hello"]);
  assertEquals(lines.code, 0, "The next thing may still be said");
  assertMatch(lines.notes, /^Error: Cannot route "none\/x"/m);
});

Deno.test("sigil doctor tells each failure with the next step", async () => {
  const setting = await openSetting("models:\n  default: none/x\n");
  await Deno.mkdir(setting.data, { mode: 0o755 });
  await Deno.writeTextFile(join(setting.data, "token"), "undefined");
  const { code, out, notes } = await setting.sigil("doctor");
  assertEquals(code, 1);
  assertMatch(out, /^FAILURE configuration: .*\n +→ Mend the file/m);
  assertMatch(out, /^warning data directory: .*\n +→ chmod 700/m);
  assertMatch(out, /^FAILURE token: .*\n +→ rm /m);
  assertMatch(notes, /^Error: Found \d failures/);
});

Deno.test("sigil tells how it is used", async (t) => {
  const cases = [
    { args: ["version"], code: 0, text: VERSION },
    { args: ["--version"], code: 0, text: VERSION },
    { args: ["--help"], code: 0, text: "First steps:" },
    { args: ["help", "chat"], code: 0, text: "Examples:" },
    { args: [], code: 2, text: "Usage: sigil" },
    { args: ["sesion"], code: 2, text: "Did you mean session?" },
    { args: ["session", "list", "--limit", "many"], code: 2, text: "Expected a whole number" },
    { args: ["user", "add", "Ada", "--role", "root"], code: 2, text: "admin, member, guest" },
    { args: ["user", "pair", "ada"], code: 2, text: "--channel" },
    { args: ["session", "show"], code: 2, text: "missing required argument" },
  ];
  for (const { args, code, text } of cases) {
    await t.step(["sigil", ...args].join(" "), async () => {
      const ran = await run(args);
      assertEquals(ran.code, code);
      assert((ran.out + ran.notes).includes(text), ran.out + ran.notes);
    });
  }
});
