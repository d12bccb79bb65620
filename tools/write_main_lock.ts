// SPDX-License-Identifier: Apache-2.0

/**
 * Writes `main.lock`: the part of `deno.lock` that the `sigil` command needs.
 *
 * Deno downloads every package of the lock that it is given: `deno run` with this one brings a tenth of
 * what it brings with `deno.lock`. A first `deno task` brings the rest as well, whatever it runs.
 *
 * @module
 */

import { z } from "zod";
import { PROJECT_ROOT } from "./workspace.ts";

const GRAPH = z.object({
  modules: z.array(z.object({ npmPackage: z.string().optional() })),
  npmPackages: z.record(z.string(), z.object({ dependencies: z.array(z.string()) })),
});

const LOCK = z.object({
  version: z.string(),
  specifiers: z.record(z.string(), z.string()),
  npm: z.record(z.string(), z.unknown()),
  workspace: z.unknown(),
});

/** Where the part is kept. */
export const MAIN_LOCK: URL = new URL("main.lock", PROJECT_ROOT);

if (import.meta.main) await Deno.writeTextFile(MAIN_LOCK, await makeMainLock());

/** Gives what `main.lock` should hold. Requires `--allow-read` and `--allow-run` of Deno itself. */
export async function makeMainLock(): Promise<string> {
  const lock = LOCK.parse(JSON.parse(await Deno.readTextFile(new URL("deno.lock", PROJECT_ROOT))));
  const needed = await neededPackages();
  const specifiers = Object.entries(lock.specifiers)
    .filter(([specifier, version]) => needed.has(`${nameOf(specifier)}@${version}`));
  const npm = Object.entries(lock.npm).filter(([id]) => needed.has(id));
  const part = {
    version: lock.version,
    specifiers: Object.fromEntries(specifiers),
    npm: Object.fromEntries(npm),
    workspace: lock.workspace,
  };
  return `${JSON.stringify(part, null, 2)}\n`;
}

/** Gives the packages that `main.ts` reaches, such as `yaml@2.9.1`, with all that they need. */
async function neededPackages(): Promise<ReadonlySet<string>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "main.ts"],
    cwd: PROJECT_ROOT,
    stderr: "inherit",
  }).output();
  const { modules, npmPackages } = GRAPH.parse(JSON.parse(new TextDecoder().decode(stdout)));
  const needed = new Set<string>();
  const waiting = modules.map(({ npmPackage }) => npmPackage).filter((id) => id !== undefined);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (needed.has(id)) continue;
    needed.add(id);
    waiting.push(...npmPackages[id]?.dependencies ?? []);
  }
  return needed;
}

function nameOf(specifier: string): string {
  return specifier.replace(/^npm:/, "").replace(/(?<=.)@.*$/, "");
}
