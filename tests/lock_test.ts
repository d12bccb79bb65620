// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { z } from "zod";
import { PROJECT_ROOT } from "../tools/workspace.ts";
import { LOCK_FILES, packageName, readLock } from "../tools/write_locks.ts";
import { runDeno } from "./_deno.ts";

/** What `deno.lock` holds beside the packages of the gateway: published modules import these too. */
const OF_OTHER_MODULES: Readonly<Record<string, string>> = {
  "@connectrpc/connect": "@sigil/plugin/connect",
  "fast-check": "@sigil/store/conformance",
  "pure-rand": "fast-check",
};

const GRAPH = z.object({
  modules: z.array(z.object({ npmPackage: z.string().optional() })),
  npmPackages: z.record(z.string(), z.object({ dependencies: z.array(z.string()) })),
});

Deno.test("a start downloads what the gateway imports, and little else", async () => {
  const { npm } = await readLock("deno.lock");
  const reached = await reachedPackages("main.ts");
  const others = Object.keys(npm).filter((id) => !reached.has(id));
  assertEquals(others.map(packageName).sort(), Object.keys(OF_OTHER_MODULES));
});

Deno.test("every lock holds the one before it, in the same versions", async () => {
  const locks = await Promise.all(LOCK_FILES.map(readLock));
  for (const [at, outer] of locks.entries()) {
    const inner = locks[at - 1] ?? outer;
    assertEquals(outer.specifiers, { ...outer.specifiers, ...inner.specifiers });
    for (const [id, { integrity }] of Object.entries(inner.npm)) {
      assertEquals(outer.npm[id]?.integrity, integrity, `${id} in ${LOCK_FILES[at]}`);
    }
  }
});

Deno.test("what a lock does not hold is refused", async (t) => {
  for (const lock of LOCK_FILES) {
    await t.step(lock, async () => {
      const args = ["eval", `--lock=${lock}`, 'import "npm:zod@*";'];
      const { code, stderr } = await runDeno(args, { cwd: PROJECT_ROOT });
      assertEquals([code, stderr.includes("lockfile is out of date")], [1, true], stderr);
    });
  }
});

/** Gives the packages that a module reaches, such as `yaml@2.9.1`, with all that they need. */
async function reachedPackages(module: string): Promise<ReadonlySet<string>> {
  const { stdout } = await runDeno(["info", "--json", module], { cwd: PROJECT_ROOT });
  const { modules, npmPackages } = GRAPH.parse(JSON.parse(stdout));
  const reached = new Set(modules.flatMap(({ npmPackage }) => npmPackage ?? []));
  for (const id of reached) {
    for (const needed of npmPackages[id]?.dependencies ?? []) reached.add(needed);
  }
  return reached;
}
