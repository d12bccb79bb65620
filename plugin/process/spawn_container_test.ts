// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { PluginError } from "../errors.ts";
import type { ExecutionConfig, Manifest } from "../manifest.ts";
import { MemoryHost } from "../testing/memory_host.ts";
import { detectEngines } from "./container_engine.ts";
import type { PluginProcess } from "./plugin_process.ts";
import { spawnContainer, type SpawnContainerOptions } from "./spawn_container.ts";
import { runTool, StderrLog, testFile } from "./testdata/spawn_test_plugin.ts";
import { type EngineTests, type TestEngine, testWithEngine } from "./testdata/test_engine.ts";

Deno.test("spawnContainer() with a real engine", (t) => testWithEngine(t, WITH_ENGINE));

const WITH_ENGINE: EngineTests = {
  async "runs a plugin that answers, and takes the container away"(engine) {
    const stderr = new StderrLog();
    await withContainer(
      engine,
      { onStderr: stderr.add, host: new MemoryHost() },
      async (plugin) => {
        await plugin.init({ token: "s3cr3t" });
        await stderr.next("begun");
        assertEquals(await plugin.health(), { status: "healthy", message: "" });
        assertEquals(await runTool(plugin, "configuration"), '{"token":"s3cr3t"}');
        assertEquals(
          await runTool(plugin, "keep", { text: "ü".repeat(400_000) }),
          "ü".repeat(400_000),
        );
        const [name = ""] = await containers(engine);
        assert(/^sigil-contained-[0-9a-f]{16}$/.test(name), name);
        const { output } = await engine.ask("inspect", name);
        assert(!output.includes("s3cr3t"));
        assertEquals(await plugin.stop(), { code: 0, signal: undefined, error: undefined });
      },
    );
  },

  async "holds what Deno's permissions do not"(engine) {
    using listener = Deno.listen({ hostname: "0.0.0.0", port: 0 });
    const { port } = listener.addr;
    Deno.env.set("HTTP_PROXY", "http://s3cr3t:1");
    await withContainer(engine, {}, async (plugin) => {
      const status = await runTool(plugin, "read", { path: "/proc/self/status" });
      assertStringIncludes(status, "CapEff:\t0000000000000000");
      assertStringIncludes(status, "NoNewPrivs:\t1");
      assert(!/^(Uid|Gid):\t0\b/m.test(status), status);
      const secret = await Deno.makeTempFile();
      assertStringIncludes(await runTool(plugin, "read", { path: secret }), "No such file");
      await Deno.remove(secret);
      for (const path of ["/a", "/plugin/a", "/sigil/a", "/etc/a", "/run/a", "/usr/bin/deno"]) {
        assertStringIncludes(await runTool(plugin, "write", { path, bytes: 1 }), "Read-only");
      }
      assertEquals(await runTool(plugin, "write", { path: "/tmp/a", bytes: 1 }), "written");
      const full = await runTool(plugin, "write", { path: "/tmp/b", bytes: 65 << 20 });
      assertStringIncludes(full, "No space left");
      for (const host of ["127.0.0.1", "10.88.0.1", "1.1.1.1"]) {
        const found = await runTool(plugin, "connect", { host, port });
        assert(!found.includes("connected"), `${host}: ${found}`);
      }
      const names = await runTool(plugin, "environment");
      assert(!/proxy|PATH_|CONTAINERS|DOCKER/i.test(names), names);
    });
    Deno.env.delete("HTTP_PROXY");
  },

  async "limits memory and processes"(engine) {
    await withContainer(engine, { memory_limit: "200MB" }, async (plugin) => {
      const taken = runTool(plugin, "allocate", { megabytes: 400 });
      await assertRejects(() => taken, PluginError, "with code 137");
      assertEquals((await plugin.exited).error?.code, "crashed");
    });
    await withContainer(engine, { memory_limit: "4GB" }, async (plugin) => {
      const started = await runTool(plugin, "processes", { count: 200 }).catch(String);
      assert(started !== "all ran", started);
    });
  },

  async "keeps volumes, and shows what is granted"(engine) {
    const shared = await Deno.makeTempDir();
    await Deno.chmod(shared, 0o755);
    await Deno.writeTextFile(`${shared}/map`, "a map");
    const folder = await makeFolder();
    const options = {
      folder,
      sandbox: { filesystem: { read_allow: [shared], write_allow: ["cache"] } },
      storage: { volumes: [{ name: "media", mount: "/media" }] },
    };
    await withContainer(engine, options, async (plugin) => {
      assertEquals(await runTool(plugin, "read", { path: `${shared}/map` }), "a map");
      const refused = await runTool(plugin, "write", { path: `${shared}/map`, bytes: 1 });
      assertStringIncludes(refused, "Read-only");
      const cached = await runTool(plugin, "write", {
        path: `${folder}/files/cache/a`,
        bytes: 1,
      });
      assertEquals(cached, "written");
      assertEquals(await runTool(plugin, "write", { path: "/media/a", bytes: 3 }), "written");
    });
    await withContainer(engine, options, async (plugin) => {
      assertEquals(await runTool(plugin, "read", { path: "/media/a" }), "aaa");
    });
    assertEquals(await Deno.readTextFile(`${folder}/files/volumes/media/a`), "aaa");
    await Deno.remove(shared, { recursive: true });
    await Deno.remove(folder, { recursive: true });
  },

  async "ends one that spins, is killed, or whose client is killed"(engine) {
    const spin = async (plugin: PluginProcess, stderr: StderrLog) => {
      const run = runTool(plugin, "spin").catch((error) => error.code);
      await stderr.next("spinning");
      return { run };
    };
    const cases: [string, (plugin: PluginProcess) => unknown, string, string | undefined][] = [
      ["stop", (plugin) => plugin.stop({ graceMs: 1 }), "closed", undefined],
      ["kill", (plugin) => plugin.kill(), "closed", undefined],
      ["client", (plugin) => Deno.kill(plugin.pid, "SIGKILL"), "crashed", "crashed"],
    ];
    for (const [name, end, callCode, exitCode] of cases) {
      const stderr = new StderrLog();
      await withContainer(engine, { onStderr: stderr.add }, async (plugin) => {
        const { run } = await spin(plugin, stderr);
        await end(plugin);
        assertEquals((await plugin.exited).error?.code, exitCode, name);
        assertEquals(await run, callCode, name);
        assertEquals(await containers(engine), [], name);
      });
    }
  },

  async "leaves nothing behind when the gateway is killed"(engine) {
    for (const tool of ["wait", "spin"]) {
      const folder = await makeFolder();
      await killGateway(engine, folder, tool);
      // One that listens ends by itself; one that spins ends when the gateway starts it again.
      if (tool === "wait") { while ((await containers(engine)).length > 0); }
      else assertEquals((await containers(engine)).length, 1);
      await withContainer(engine, { folder }, async () => {
        assertEquals((await containers(engine)).length, 1);
      });
      await Deno.remove(folder, { recursive: true });
    }
  },

  async "tells what to do about an image that is not here"(engine) {
    const image = "localhost/sigil-test/nothing:1";
    const started = () => withContainer(engine, { image }, async () => {});
    const error = await assertRejects(started, PluginError, `${engine.engine} pull ${image}`);
    assertEquals(error.code, "unsupported");
  },

  async "tells of a program that cannot be run"(engine) {
    const sandbox = { filesystem: { read_allow: ["/no/such/folder"] } };
    const started = () => withContainer(engine, { sandbox }, async () => {});
    const error = await assertRejects(started, PluginError, "/no/such/folder");
    assertEquals(error.code, "crashed");
  },
};

/** For each pair of programs on PATH: what is found out about them. */
const STAND_INS: Readonly<Record<string, readonly [podman: string, docker: string, string[]]>> = {
  "neither": ["", "", ["podman is not installed", "docker is not installed"]],
  "a client without a daemon": ["", "echo 'Cannot connect' >&2; exit 1", [
    "podman is not installed",
    "docker does not work: Cannot connect",
  ]],
  "none that can limit": ["echo '4.3.1 [cpu pids]'", "echo '26.1.0 true false'", [
    "podman does not work: its user may not limit memory",
    "docker does not work: its user may not limit memory",
  ]],
  "both": ["echo '4.3.1 [memory pids]'", "echo '26.1.0 true true'", ["4.3.1", "26.1.0"]],
};

Deno.test("detectEngines() tells which answer and can limit, and spawnContainer() needs one", async (t) => {
  const path = Deno.env.get("PATH") ?? "";
  for (const [name, [podman, docker, details]] of Object.entries(STAND_INS)) {
    await t.step(name, async () => {
      const folder = await makeFolder();
      for (const [engine, script] of Object.entries({ podman, docker })) {
        if (script === "") continue;
        await Deno.writeTextFile(`${folder}/${engine}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      }
      Deno.env.set("PATH", folder);
      try {
        const found = await detectEngines();
        assertEquals(found.map(({ engine }) => engine), ["podman", "docker"]);
        found.forEach(({ detail }, index) => assertStringIncludes(detail, details[index] ?? ""));
        const isHere = name === "both";
        assertEquals(found.map(({ available }) => available), [isHere, isHere]);
        if (isHere) return;
        const started = () => spawnContainer(optionsOf("a:1", { folder }));
        const error = await assertRejects(started, PluginError, details[0]);
        assertEquals(error.code, "unavailable");
        assertStringIncludes(error.message, "install podman, or start docker");
      } finally {
        Deno.env.set("PATH", path);
        await Deno.remove(folder, { recursive: true });
      }
    });
  }
});

/** What the tests change of how a plugin is started. */
type TestOptions =
  & Partial<Pick<SpawnContainerOptions, "onStderr" | "host">>
  & Partial<ExecutionConfig>
  & { readonly folder?: string; readonly storage?: Manifest["storage"] };

async function withContainer(
  { image }: TestEngine,
  options: TestOptions,
  test: (plugin: PluginProcess) => Promise<void>,
): Promise<void> {
  const folder = options.folder ?? await makeFolder();
  try {
    await using plugin = await spawnContainer(optionsOf(image, { ...options, folder }));
    await test(plugin);
  } finally {
    if (options.folder === undefined) await Deno.remove(folder, { recursive: true });
  }
}

function optionsOf(image: string, options: TestOptions): SpawnContainerOptions {
  const { folder, storage, onStderr, host, ...execution } = options;
  return {
    manifest: { name: "contained", execution: { tier: "container", image, ...execution }, storage },
    directory: testFile("contained"),
    dataDirectory: `${folder}/files`,
    privateDirectory: `${folder}/container`,
    onStderr,
    host,
  };
}

async function makeFolder(): Promise<string> {
  return await Deno.realPath(await Deno.makeTempDir({ prefix: "sigil-container-" }));
}

/** The names of the plugins' containers, whether they run or not. */
async function containers(engine: TestEngine): Promise<readonly string[]> {
  const filters = ["--filter=label=sigil.plugin", "--format={{.Names}}"];
  const { output } = await engine.ask("ps", "--all", ...filters);
  return output.split("\n").filter((name) => name !== "");
}

async function killGateway({ image }: TestEngine, folder: string, tool: string): Promise<void> {
  const gateway = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", testFile("container_gateway.ts"), image, folder, tool],
    stdout: "piped",
  }).spawn();
  const output = gateway.stdout.getReader();
  assertStringIncludes(new TextDecoder().decode((await output.read()).value), "ing");
  gateway.kill("SIGKILL");
  assertEquals((await gateway.status).signal, "SIGKILL");
  await output.cancel();
}
