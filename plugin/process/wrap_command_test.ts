// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { PluginSandbox } from "./plugin_process.ts";
import { wrapCommand } from "./wrap_command.ts";

const DENO = {
  path: "/opt/deno",
  args: ["run", "/d/boot.js"],
  env: { DENO_DIR: "/d" },
};

const GIGABYTE = 1024 ** 3;

const CASES: readonly {
  readonly name: string;
  readonly cwd?: string;
  readonly sandbox: PluginSandbox;
  readonly expected: string;
}[] = [
  {
    name: "pdeathsig",
    sandbox: { layers: ["pdeathsig"] },
    expected: "setpriv --pdeathsig KILL -- /opt/deno run /d/boot.js",
  },
  {
    name: "prlimit with a limit",
    sandbox: { layers: ["prlimit"], memoryBytes: GIGABYTE },
    expected: "prlimit --data=1610612736 --core=0 -- /opt/deno run /d/boot.js",
  },
  {
    name: "prlimit and pdeathsig",
    sandbox: { layers: ["pdeathsig", "prlimit"], memoryBytes: GIGABYTE },
    expected:
      "prlimit --data=1610612736 --core=0 -- setpriv --pdeathsig KILL -- /opt/deno run /d/boot.js",
  },
  {
    name: "bwrap, which ends it with its parent by itself",
    sandbox: {
      layers: ["pdeathsig", "bwrap"],
      readPaths: ["/d/boot.js", "/p"],
      writePaths: ["/d"],
    },
    expected: "bwrap --unshare-all --die-with-parent --new-session --clearenv " +
      "--setenv DENO_DIR /d --ro-bind-try /usr /usr --ro-bind-try /lib /lib " +
      "--ro-bind-try /lib64 /lib64 --ro-bind-try /bin /bin " +
      "--ro-bind-try /etc/ld.so.cache /etc/ld.so.cache --proc /proc --dev /dev --tmpfs /tmp " +
      "--ro-bind-try /p /p --bind-try /d /d --ro-bind /opt/deno /opt/deno " +
      "--ro-bind-try /d/boot.js /d/boot.js --chdir / -- /opt/deno run /d/boot.js",
  },
  {
    name: "bwrap with a network",
    sandbox: { layers: ["bwrap"], network: true },
    expected: "bwrap --unshare-all --share-net --die-with-parent --new-session --clearenv " +
      "--setenv DENO_DIR /d --ro-bind-try /usr /usr --ro-bind-try /lib /lib " +
      "--ro-bind-try /lib64 /lib64 --ro-bind-try /bin /bin " +
      "--ro-bind-try /etc/ld.so.cache /etc/ld.so.cache " +
      "--ro-bind-try /etc/resolv.conf /etc/resolv.conf --ro-bind-try /etc/hosts /etc/hosts " +
      "--ro-bind-try /etc/nsswitch.conf /etc/nsswitch.conf --ro-bind-try /etc/ssl /etc/ssl " +
      "--proc /proc --dev /dev --tmpfs /tmp --ro-bind /opt/deno /opt/deno " +
      "--chdir / -- /opt/deno run /d/boot.js",
  },
  {
    name: "bwrap in a folder",
    cwd: "/data/files",
    sandbox: { layers: ["bwrap"], writePaths: ["/data/files/cache"] },
    expected: "bwrap --unshare-all --die-with-parent --new-session --clearenv " +
      "--setenv DENO_DIR /d --ro-bind-try /usr /usr --ro-bind-try /lib /lib " +
      "--ro-bind-try /lib64 /lib64 --ro-bind-try /bin /bin " +
      "--ro-bind-try /etc/ld.so.cache /etc/ld.so.cache --proc /proc --dev /dev --tmpfs /tmp " +
      "--dir /data/files --ro-bind /opt/deno /opt/deno " +
      "--bind-try /data/files/cache /data/files/cache --chdir /data/files -- /opt/deno run /d/boot.js",
  },
  {
    name: "pdeathsig in a folder",
    cwd: "/data/files",
    sandbox: { layers: ["pdeathsig"] },
    expected: "setpriv --pdeathsig KILL -- /opt/deno run /d/boot.js",
  },
];

Deno.test("wrapCommand() puts the layers around a command", async (t) => {
  for (const { name, cwd, sandbox, expected } of CASES) {
    await t.step(name, () => {
      const wrapped = wrapCommand({ ...DENO, cwd }, sandbox);
      const { path, args, env } = wrapped;
      assertEquals(wrapped.cwd, cwd);
      assertEquals([path, ...args].join(" "), expected);
      assertEquals(env, { DENO_DIR: "/d", PATH: "/usr/local/bin:/usr/bin:/bin" });
    });
  }
});

Deno.test("wrapCommand() leaves a command alone when no layer applies", () => {
  assertStrictEquals(wrapCommand(DENO, { layers: [] }), DENO);
  assertStrictEquals(wrapCommand(DENO, { layers: ["prlimit"] }), DENO);
});

Deno.test("wrapCommand() refuses paths that are not absolute", async (t) => {
  for (const path of ["deno", "./deno", "", "--bind"]) {
    await t.step(path || "an empty path", () => {
      const layers = ["bwrap"] as const;
      assertThrows(() => wrapCommand({ ...DENO, path }, { layers }), TypeError, "not absolute");
      assertThrows(() => wrapCommand({ ...DENO, cwd: path }, { layers }), TypeError);
      assertThrows(() => wrapCommand(DENO, { layers, readPaths: [path] }), TypeError);
      assertThrows(() => wrapCommand(DENO, { layers, writePaths: [path] }), TypeError);
    });
  }
});
