// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { dirname, join } from "node:path";
import type { ContainerEngine } from "../../container_command.ts";
import { askEngine, detectEngines, type EngineAnswer } from "../container_engine.ts";

/** An engine of this machine that runs containers, with an image that has Deno in it. */
export interface TestEngine extends AsyncDisposable {
  /** Why no container can be run here; empty when they can. */
  readonly reason: string;
  /** The engine. */
  readonly engine: ContainerEngine;
  /** The image, which runs `/plugin/main.ts` with every permission of Deno. */
  readonly image: string;
  /** Asks the engine something. */
  ask(...args: string[]): Promise<EngineAnswer>;
}

/** What is tried with an engine, by name. */
export type EngineTests = Readonly<Record<string, (engine: TestEngine) => Promise<void>>>;

/** Runs each as a step of a test; none where no container can be run, which is said with why. */
export async function testWithEngine(t: Deno.TestContext, tests: EngineTests): Promise<void> {
  await using engine = await openTestEngine();
  const { reason } = engine;
  for (const [name, test] of Object.entries(tests)) {
    await t.step({
      name: reason === "" ? name : `${name}: ${reason}`,
      ignore: reason !== "",
      async fn() {
        await test(engine);
        assertEquals(
          (await engine.ask("ps", "--all", "--quiet", "--filter=label=sigil.plugin")).output,
          "",
        );
      },
    });
  }
}

const IMAGE = "sigil-test/deno:1";

/** How an image is made of nothing that can be fetched: what a Containerfile would say. */
const CHANGES = [
  'ENTRYPOINT ["/usr/bin/deno","run","--no-prompt","--cached-only","--no-remote","--no-npm","-A",' +
  '"/sigil/boot.js","file:///plugin/main.ts"]',
  "ENV DENO_DIR=/tmp/deno",
  "ENV DENO_NO_UPDATE_CHECK=1",
];

/** Where one is not the owner of the machine, a process has no more than it was given. */
const CONTAINERS_CONF = `[containers]
default_ulimits = ["nofile=1024:4096", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
`;

/** Where both versions of cgroups are mounted, crun gives up; it need not see the second one. */
const WITHOUT_UNIFIED = `#!/bin/sh
exec unshare --mount sh -c 'umount /sys/fs/cgroup/unified; exec "$0" "$@"' PODMAN "$@"
`;

/**
 * Finds an engine and makes the image. Podman keeps all that it has in a folder of the test's own.
 *
 * The environment of this process leads to that folder until the engine is disposed of.
 */
async function openTestEngine(): Promise<TestEngine> {
  const folder = await Deno.makeTempDir({ prefix: "sigil-engine-" });
  await Deno.chmod(folder, 0o755);
  const before = Deno.env.toObject();
  await setEnvironment(folder);
  const found = await findEngine(folder);
  const engine = found.engine ?? "podman";
  return {
    reason: found.reason,
    engine,
    image: IMAGE,
    ask: (...args) => askEngine(engine, args),
    async [Symbol.asyncDispose]() {
      if (found.engine !== undefined) await askEngine(engine, ["rmi", "--force", IMAGE]);
      for (const name of NAMES) {
        if (before[name] === undefined) Deno.env.delete(name);
        else Deno.env.set(name, before[name]);
      }
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const NAMES = ["PATH", "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF"] as const;

async function setEnvironment(folder: string): Promise<void> {
  await Deno.writeTextFile(`${folder}/containers.conf`, CONTAINERS_CONF);
  await Deno.writeTextFile(
    `${folder}/storage.conf`,
    `[storage]\ndriver = "vfs"\ngraphroot = "${folder}/store"\nrunroot = "${folder}/run"\n`,
  );
  Deno.env.set("CONTAINERS_CONF", `${folder}/containers.conf`);
  Deno.env.set("CONTAINERS_STORAGE_CONF", `${folder}/storage.conf`);
}

async function findEngine(
  folder: string,
): Promise<{ readonly engine: ContainerEngine | undefined; readonly reason: string }> {
  const reasons: string[] = [];
  for (const { engine, available, detail } of await detectEngines()) {
    const problem = available ? await engineProblem(engine, folder) : detail;
    if (problem === "") return { engine, reason: "" };
    reasons.push(problem);
  }
  return { engine: undefined, reason: reasons.join("; ") };
}

async function engineProblem(engine: ContainerEngine, folder: string): Promise<string> {
  const made = await askEngine(engine, [
    "import",
    ...CHANGES.map((change) => `--change=${change}`),
    await packImage(folder),
    IMAGE,
  ]);
  if (!made.success) return `${engine} makes no image: ${made.complaint}`;
  const tried = await tryContainer(engine);
  if (tried.success || !tried.complaint.includes("hybrid")) return problemOf(engine, tried);
  const { output } = await askEngine(engine, ["info", "--format={{.Host.RemoteSocket.Path}}"]);
  if (output === "") return problemOf(engine, tried);
  await writeWrapper(folder);
  return problemOf(engine, await tryContainer(engine));
}

function problemOf(engine: ContainerEngine, { success, complaint }: EngineAnswer): string {
  return success ? "" : `${engine} runs no container: ${complaint}`;
}

async function tryContainer(engine: ContainerEngine): Promise<EngineAnswer> {
  const limits = ["--memory=256m", "--pids-limit=64", "--network=none"];
  const version = ["--entrypoint=/usr/bin/deno", IMAGE, "--version"];
  return await askEngine(engine, ["run", "--rm", "--pull=never", ...limits, ...version]);
}

async function writeWrapper(folder: string): Promise<void> {
  const path = Deno.env.get("PATH") ?? "";
  const podman = await firstOnPath("podman", path.split(":"));
  const script = WITHOUT_UNIFIED.replace("PODMAN", podman);
  await Deno.mkdir(`${folder}/bin`);
  await Deno.writeTextFile(`${folder}/bin/podman`, script, { mode: 0o755 });
  Deno.env.set("PATH", `${folder}/bin:${path}`);
}

async function firstOnPath(program: string, folders: readonly string[]): Promise<string> {
  for (const folder of folders) {
    const path = join(folder, program);
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
  throw new Error(`There is no ${program}`);
}

/** Deno and the libraries that it is linked with: all that a program needs to run. */
async function packImage(folder: string): Promise<string> {
  const root = `${folder}/root`;
  const deno = await Deno.realPath(Deno.execPath());
  const { stdout } = await new Deno.Command("ldd", { args: [deno] }).output();
  const libraries = new TextDecoder().decode(stdout).match(/\/[^\s:]+(?= \(0x)/g) ?? [];
  for (const [from, to] of [[deno, "/usr/bin/deno"], ...libraries.map((path) => [path, path])]) {
    await Deno.mkdir(dirname(`${root}${to}`), { recursive: true });
    await Deno.copyFile(from ?? "", `${root}${to}`);
  }
  await Deno.mkdir(`${root}/tmp`, { recursive: true });
  const archive = `${folder}/root.tar`;
  const { success } = await new Deno.Command("tar", {
    args: ["--owner=0", "--group=0", "-cf", archive, "-C", root, "."],
  }).output();
  if (!success) throw new Error("Cannot pack the image");
  await Deno.remove(root, { recursive: true });
  return archive;
}
