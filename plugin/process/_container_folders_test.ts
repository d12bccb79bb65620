// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "../errors.ts";
import type { FilesystemConfig } from "../manifest.ts";
import { prepareFolders } from "./_container_folders.ts";
import type { SpawnContainerOptions } from "./spawn_container.ts";

interface Setting extends AsyncDisposable {
  readonly folder: string;
  options(filesystem: FilesystemConfig): SpawnContainerOptions;
}

async function openSetting(): Promise<Setting> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  for (const name of ["plugin", "files", "private", "shared", "secret"]) {
    await Deno.mkdir(`${folder}/${name}`);
  }
  return {
    folder,
    options: (filesystem) => ({
      manifest: {
        name: "p",
        execution: { tier: "container", image: "a", sandbox: { filesystem } },
        storage: { volumes: [{ name: "media", mount: "/media" }] },
      },
      directory: `${folder}/plugin`,
      dataDirectory: `${folder}/files`,
      privateDirectory: `${folder}/private`,
    }),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("prepareFolders() makes what the container may write, for who it is", async () => {
  await using setting = await openSetting();
  const { folder } = setting;
  const options = setting.options({ write_allow: ["a/b"], read_allow: [`${folder}/shared`] });
  const user = await prepareFolders(options);
  const { uid, gid } = await Deno.stat(`${folder}/private`);
  assertEquals(user, uid === 0 ? undefined : { uid, gid: gid || 65534 });
  for (const path of ["a/b", "volumes/media"]) {
    const info = await Deno.stat(`${folder}/files/${path}`);
    assertEquals([info.isDirectory, info.uid], [true, uid === 0 ? 65534 : uid]);
  }
  assertEquals(await prepareFolders(options), user);
});

Deno.test("prepareFolders() follows no link, wherever a plugin may have left one", async (t) => {
  const cases: Readonly<Record<string, readonly [link: string, FilesystemConfig]>> = {
    "its volume": ["files/volumes/media", {}],
    "above its volume": ["files/volumes", {}],
    "a folder of its own": ["files/a", { write_allow: ["a"] }],
    "above a folder of its own": ["files/a", { write_allow: ["a/b"] }],
    "a folder of its own to read": ["files/a", { read_allow: ["a"] }],
    "inside a shared folder": ["shared/a", { read_allow: ["FOLDER/shared", "FOLDER/shared/a"] }],
    "above what it may write": ["shared/a", { write_allow: ["FOLDER/shared/a/b"] }],
  };
  for (const [name, [link, filesystem]] of Object.entries(cases)) {
    await t.step(name, async () => {
      await using setting = await openSetting();
      const { folder } = setting;
      await Deno.mkdir(`${folder}/secret/b`);
      const before = await Deno.stat(`${folder}/secret`);
      await Deno.mkdir(`${folder}/files/volumes`);
      await Deno.remove(`${folder}/${link}`).catch(() => {});
      await Deno.symlink(`${folder}/secret`, `${folder}/${link}`);
      const text = JSON.stringify(filesystem).replaceAll("FOLDER", folder);
      const prepared = () => prepareFolders(setting.options(JSON.parse(text)));
      assertEquals((await assertRejects(prepared, PluginError)).code, "unsafe");
      const after = await Deno.stat(`${folder}/secret`);
      assertEquals([after.uid, after.mode], [before.uid, before.mode]);
      assertEquals((await Array.fromAsync(Deno.readDir(`${folder}/secret`))).length, 1);
    });
  }
});
