// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { packTar, type TarEntry } from "modern-tar";
import { PluginError } from "../errors.ts";
import { installPlugin } from "./install_plugin.ts";
import { ECHO, type Files, namesIn, withFolder, writeFiles } from "./testdata/plugin_folder.ts";

function entriesOf(files: Files, prefix = ""): TarEntry[] {
  return Object.entries(files).map(([path, body]) => ({
    header: { name: `${prefix}${path}`, size: new TextEncoder().encode(body).length, type: "file" },
    body,
  }));
}

async function writeArchive(path: string, entries: TarEntry[]): Promise<string> {
  const tar = new Blob([await packTar(entries)]).stream();
  const bytes = /gz$/.test(path) ? tar.pipeThrough(new CompressionStream("gzip")) : tar;
  await Deno.writeFile(path, bytes);
  return path;
}

/** Nothing but what was there before may be left behind by a failure. */
async function refuses(source: string, folder: string, reason: string): Promise<PluginError> {
  const plugins = `${folder}/plugins`;
  const error = await assertRejects(() => installPlugin(source, plugins), PluginError, reason);
  assertEquals(await namesIn(plugins), []);
  return error;
}

Deno.test("installPlugin() copies a folder under the plugin's name", () =>
  withFolder(async (folder) => {
    await writeFiles(`${folder}/some where`, { ...ECHO, "lib/a.ts": "", ".git/config": "secret" });
    const { directory, asks } = await installPlugin(`${folder}/some where`, `${folder}/plugins/`);
    assertEquals(directory, `${folder}/plugins/echo`);
    assertEquals(asks, ["Runs in a process of its own", "Uses no capability"]);
    assertEquals(await namesIn(`${folder}/plugins`), ["echo"]);
    assertEquals(await namesIn(directory), ["lib", "plugin.ts", "plugin.yaml"]);
    assertEquals(await Deno.readTextFile(`${directory}/plugin.yaml`), ECHO["plugin.yaml"]);
  }));

Deno.test("installPlugin() unpacks archives", async (t) => {
  for (const name of ["echo.tar", "echo.tgz", "echo.tar.gz", "no ending"]) {
    for (const prefix of ["", "./", "echo-1.0.0/", "./echo/"]) {
      await t.step(`${name} with "${prefix}"`, () =>
        withFolder(async (folder) => {
          const files = { ...ECHO, "lib/ä.ts": "export {};\n" };
          const archive = await writeArchive(`${folder}/${name}`, entriesOf(files, prefix));
          const { directory } = await installPlugin(archive, `${folder}/plugins`);
          assertEquals(await namesIn(`${folder}/plugins`), ["echo"]);
          assertEquals(await namesIn(directory), ["lib", "plugin.ts", "plugin.yaml"]);
          assertEquals(await Deno.readTextFile(`${directory}/lib/ä.ts`), "export {};\n");
        }));
    }
  }
});

Deno.test("installPlugin() gives a folder and its archive the same hash", () =>
  withFolder(async (folder) => {
    await writeFiles(`${folder}/echo`, { ...ECHO, "a/b": "c" });
    await new Deno.Command("tar", { args: ["-czf", "echo.tgz", "echo"], cwd: folder }).output();
    const copied = await installPlugin(`${folder}/echo`, `${folder}/one`);
    const unpacked = await installPlugin(`${folder}/echo.tgz`, `${folder}/two`, copied);
    assertEquals(unpacked.hash, copied.hash);
  }));

Deno.test("installPlugin() refuses archives that reach outside", async (t) => {
  const file = (name: string): TarEntry => ({ header: { name, size: 1, type: "file" }, body: "x" });
  const link = (type: "symlink" | "link"): TarEntry => ({
    header: { name: "a", size: 0, type, linkname: "/etc/passwd" },
  });
  const special = (type: "fifo" | "character-device"): TarEntry => ({
    header: { name: "a", size: 0, type },
  });
  const cases: [string, TarEntry, string][] = [
    ["an absolute path", file("/etc/sigil_test"), "absolute"],
    ["a path upwards", file("../outside"), '".."'],
    ["a path upwards in the middle", file("a/../../outside"), '".."'],
    ["a path with a backslash", file("..\\outside"), "backslash"],
    ["an untidy path", file("a//b"), "untidy"],
    ["a symbolic link", link("symlink"), "it is a symlink"],
    ["a hard link", link("link"), "it is a link"],
    ["a pipe", special("fifo"), "it is a fifo"],
    ["a device", special("character-device"), "it is a character-device"],
  ];
  for (const [name, entry, reason] of cases) {
    await t.step(name, () =>
      withFolder(async (folder) => {
        const archive = await writeArchive(`${folder}/a.tgz`, [...entriesOf(ECHO), entry]);
        assertEquals((await refuses(archive, folder, reason)).code, "unsafe");
        assertEquals(await namesIn(folder), ["a.tgz", "plugins"]);
      }));
  }
  await t.step("a link, and a file through it", () =>
    withFolder(async (folder) => {
      const up: TarEntry = { header: { name: "up", size: 0, type: "symlink", linkname: ".." } };
      const archive = await writeArchive(`${folder}/a.tar`, [up, file("up/outside")]);
      await refuses(archive, folder, "it is a symlink");
    }));
  await t.step("the same file twice", () =>
    withFolder(async (folder) => {
      const archive = await writeArchive(`${folder}/a.tar`, [
        ...entriesOf(ECHO),
        ...entriesOf(ECHO),
      ]);
      await refuses(archive, folder, "Cannot unpack");
    }));
});

Deno.test("installPlugin() refuses archives that are too large", async (t) => {
  await t.step("a file that claims to be", () =>
    withFolder(async (folder) => {
      const size = 70 * 1024 * 1024;
      const zeros: TarEntry = {
        header: { name: "a", size, type: "file" },
        body: new Uint8Array(size),
      };
      const archive = await writeArchive(`${folder}/a.tgz`, [zeros]);
      assertEquals((await refuses(archive, folder, "larger than")).code, "unsafe");
    }));
  await t.step("very many files", () =>
    withFolder(async (folder) => {
      const many = Array.from({ length: 4100 }, (_, index): TarEntry => ({
        header: { name: `d${index}`, size: 0, type: "directory" },
      }));
      const archive = await writeArchive(`${folder}/a.tgz`, many);
      await refuses(archive, folder, "more than 4096 files");
    }));
  await t.step("zeros behind the end", () =>
    withFolder(async (folder) => {
      const tar = new Blob([
        await packTar(entriesOf(ECHO)),
        new Uint8Array(96 * 1024 * 1024),
      ]).stream();
      await Deno.writeFile(`${folder}/a.tgz`, tar.pipeThrough(new CompressionStream("gzip")));
      await refuses(`${folder}/a.tgz`, folder, "too large");
    }));
});

Deno.test("installPlugin() refuses what is no archive of a plugin", async (t) => {
  const cases: [string, Uint8Array<ArrayBuffer>, PluginError["code"]][] = [
    ["nothing", new Uint8Array(), "unavailable"],
    ["text", new TextEncoder().encode("hello, world\n".repeat(100)), "unavailable"],
    ["half a gzip", Uint8Array.of(0x1f, 0x8b, 8, 0, 0), "unavailable"],
    [
      "gzip of noise",
      Uint8Array.of(0x1f, 0x8b, ...Array.from({ length: 99 }, () => 7)),
      "unavailable",
    ],
    ["a tar without a manifest", await packTar(entriesOf({ "a.ts": "" })), "not_found"],
    ["half a tar", (await packTar(entriesOf(ECHO))).slice(0, 700), "unavailable"],
  ];
  for (const [name, bytes, code] of cases) {
    await t.step(name, () =>
      withFolder(async (folder) => {
        await Deno.writeFile(`${folder}/a.tgz`, bytes);
        assertEquals((await refuses(`${folder}/a.tgz`, folder, "Cannot ")).code, code);
      }));
  }
});

Deno.test("installPlugin() refuses folders that are no plugins", async (t) => {
  const cases: [string, Files, PluginError["code"]][] = [
    ["an empty one", {}, "not_found"],
    ["a broken manifest", { ...ECHO, "plugin.yaml": "name: Echo" }, "invalid_manifest"],
    ["imports from outside", { ...ECHO, "plugin.ts": 'import "../x.ts";' }, "unsafe"],
  ];
  for (const [name, files, code] of cases) {
    await t.step(name, () =>
      withFolder(async (folder) => {
        await Deno.mkdir(`${folder}/echo`);
        await writeFiles(`${folder}/echo`, files);
        assertEquals((await refuses(`${folder}/echo`, folder, "Cannot ")).code, code);
      }));
  }
  await t.step("a link inside", () =>
    withFolder(async (folder) => {
      await writeFiles(`${folder}/echo`, ECHO);
      await Deno.symlink("/etc", `${folder}/echo/etc`);
      assertEquals((await refuses(`${folder}/echo`, folder, "it is a link")).code, "unsafe");
    }));
  await t.step("nothing there", () =>
    withFolder(async (folder) => {
      assertEquals((await refuses(`${folder}/gone`, folder, "no such file")).code, "not_found");
    }));
});

Deno.test("installPlugin() replaces a plugin only when it is told to, and then whole", () =>
  withFolder(async (folder) => {
    const plugins = `${folder}/plugins`;
    await writeFiles(`${folder}/one`, { ...ECHO, "old.ts": "" });
    await writeFiles(`${folder}/two`, { ...ECHO, "new.ts": "" });
    await installPlugin(`${folder}/one`, plugins);
    const error = await assertRejects(() => installPlugin(`${folder}/two`, plugins), PluginError);
    assertEquals([error.code, error.plugin], ["conflict", "echo"]);
    assertEquals(await namesIn(`${plugins}/echo`), ["old.ts", "plugin.ts", "plugin.yaml"]);
    await installPlugin(`${folder}/two`, plugins, { replace: true });
    assertEquals(await namesIn(`${plugins}/echo`), ["new.ts", "plugin.ts", "plugin.yaml"]);
    assertEquals(await namesIn(plugins), ["echo"]);
  }));

Deno.test("installPlugin() refuses another hash than the one expected", () =>
  withFolder(async (folder) => {
    await writeFiles(`${folder}/echo`, ECHO);
    const plugins = `${folder}/plugins`;
    const run = () => installPlugin(`${folder}/echo`, plugins, { hash: "0".repeat(64) });
    const error = await assertRejects(run, PluginError, "its hash is");
    assertEquals(error.code, "unsafe");
    assertEquals(await namesIn(plugins), []);
    const { hash } = await installPlugin(`${folder}/echo`, plugins);
    assertStringIncludes(error.message, hash);
    await installPlugin(`${folder}/echo`, plugins, { hash, replace: true });
  }));

Deno.test("installPlugin() leaves nothing behind when its signal aborts", () =>
  withFolder(async (folder) => {
    await writeFiles(`${folder}/echo`, ECHO);
    const archive = await writeArchive(`${folder}/echo.tgz`, entriesOf(ECHO));
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    for (const source of [`${folder}/echo`, archive]) {
      const run = () => installPlugin(source, `${folder}/plugins`, { signal });
      assertEquals(await assertRejects(run), reason);
      assertEquals(await namesIn(`${folder}/plugins`), []);
    }
  }));

Deno.test("installPlugin() refuses a folder of plugins that is not absolute", async () => {
  await assertRejects(() => installPlugin("/tmp", "plugins"), TypeError);
});
