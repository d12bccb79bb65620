// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals } from "@std/assert";
import { layerCases, testFile } from "./testdata/spawn_test_plugin.ts";

Deno.test("a plugin does not outlive a gateway that was killed", async (t) => {
  for (const { name, layers, skip } of await layerCases()) {
    // Without layers, one that listens notices the end of its pipes; one that spins cannot.
    const tool = layers.length === 0 ? "wait" : "spin";
    await t.step({
      name: skip === "" ? `${tool} with ${name}` : `${name}: ${skip}`,
      ignore: skip !== "",
      fn: () => killGateway(tool, layers),
    });
  }
});

async function killGateway(tool: string, layers: readonly string[]): Promise<void> {
  const denoDirectory = await Deno.makeTempDir({ prefix: "sigil-plugin-" });
  const gateway = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", testFile("gateway.ts"), denoDirectory, tool, ...layers],
    stdout: "piped",
  }).spawn();
  try {
    const output = gateway.stdout.getReader();
    const pid = Number(new TextDecoder().decode((await output.read()).value));
    const pids = [pid, ...await descendants(pid)];
    assert(await isRunning(pids.at(-1) ?? 0));
    gateway.kill("SIGKILL");
    assertEquals((await gateway.status).signal, "SIGKILL");
    await output.cancel();
    for (const each of pids) {
      while (await isRunning(each)) await nextTick();
    }
  } finally {
    await Deno.remove(denoDirectory, { recursive: true });
  }
}

/** The processes under a process; a wrapper has the plugin under it. */
async function descendants(pid: number): Promise<readonly number[]> {
  const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  const children = text.split(" ").filter((part) => part !== "").map(Number);
  return [...children, ...(await Promise.all(children.map(descendants))).flat()];
}

/** Whether a process is there and has not ended, though nobody may have asked how. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "State: Z");
  return !/^State:\s+[ZX]/m.test(status);
}

function nextTick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
