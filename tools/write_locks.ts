// SPDX-License-Identifier: Apache-2.0

/**
 * Writes the lock files: what `deno task --frozen=false lock` runs after the import of a package changed.
 *
 * Deno downloads every package of the lock that it is given, needed or not. So there are three, and each
 * holds all of the one before it in the same versions:
 *
 * - `deno.lock`: what the published members import. A first start brings this and nothing else.
 * - `examples/plugins/deno.lock`: what the example plugins are bundled from as well.
 * - `dev.lock`: what tests and generators use as well.
 *
 * A version that is locked stays. Delete a lock first to leave behind what nothing asks for any more.
 *
 * @module
 */

import { z } from "zod";
import { listFiles } from "./list_files.ts";
import { PROJECT_ROOT } from "./workspace.ts";

const PACKAGE = z.looseObject({
  integrity: z.string(),
  dependencies: z.array(z.string()).optional(),
  optionalDependencies: z.array(z.string()).optional(),
});

const LOCK = z.object({
  version: z.literal("5"),
  specifiers: z.record(z.string(), z.string()),
  npm: z.record(z.string(), PACKAGE),
  workspace: z.unknown().optional(),
});

/**
 * What a lock file holds: to every specifier the version that it gets, such as `npm:zod@^4.1.0` to
 * `4.6.7`, every package with the digest that it must have, and what the workspace asked for.
 */
export type Lock = z.infer<typeof LOCK>;

const EMPTY: Lock = { version: "5", specifiers: {}, npm: {} };

/** The lock files, from the root of the project, each after the one that it holds. */
export const LOCK_FILES = ["deno.lock", "examples/plugins/deno.lock", "dev.lock"] as const;

/** Packages that no module imports: they are run, or read by a compiler of their own. */
const TOOL_PACKAGES = [
  "npm:@bufbuild/buf@1.74.0",
  "npm:@bufbuild/protoc-gen-es@2",
  "npm:@extism/as-pdk@^1.0.0",
];

if (import.meta.main) await writeLocks();

/** Reads a lock file of the project; it is empty when there is none. */
export async function readLock(file: string): Promise<Lock> {
  try {
    return LOCK.parse(JSON.parse(await Deno.readTextFile(new URL(file, PROJECT_ROOT))));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return EMPTY;
    throw error;
  }
}

async function writeLocks(): Promise<void> {
  let inner: Lock | undefined;
  for (const file of LOCK_FILES) {
    if (inner !== undefined) await takeOver(file, inner);
    await runDeno([...await visitOf(file), `--lock=${file}`, "--frozen=false"]);
    inner = await readLock(file);
  }
}

/**
 * Puts one lock into another. What the workspace asked for is that of the first from now on; without a
 * note of it Deno writes the file anew, and leaves out the packages that nothing needs any more.
 */
async function takeOver(file: string, inner: Lock): Promise<void> {
  const kept = await readLock(file);
  const asked = JSON.stringify(kept.workspace ?? {});
  const own = Object.entries(kept.specifiers).filter(([name]) => !asked.includes(`"${name}"`));
  const merged: Lock = {
    version: kept.version,
    specifiers: { ...Object.fromEntries(own), ...inner.specifiers },
    npm: { ...withWholeNames(kept.npm), ...withWholeNames(inner.npm) },
  };
  await Deno.writeTextFile(new URL(file, PROJECT_ROOT), `${JSON.stringify(merged, null, 2)}\n`);
}

/** Gives packages that name what they need with its version, which Deno leaves out where there is one. */
function withWholeNames(npm: Lock["npm"]): Lock["npm"] {
  const ids = new Map(Object.keys(npm).map((id) => [packageName(id), id]));
  const whole = (names: readonly string[] = []) => names.map((name) => ids.get(name) ?? name);
  const entries = Object.entries(npm).map(([id, entry]) => [id, {
    ...entry,
    dependencies: whole(entry.dependencies),
    optionalDependencies: whole(entry.optionalDependencies),
  }]);
  return Object.fromEntries(entries);
}

/** Gives the name in an id such as `@ai-sdk/openai@4.0.118_zod@4.6.7`. */
export function packageName(id: string): string {
  return id.replace(/(?<=.)@.*$/, "");
}

/** Gives what Deno is asked to do so that it resolves all that the lock should hold. */
async function visitOf(file: (typeof LOCK_FILES)[number]): Promise<readonly string[]> {
  switch (file) {
    case "deno.lock":
      return ["install"];
    case "examples/plugins/deno.lock":
      return ["cache", ...await listPlugins()];
    case "dev.lock":
      return ["cache", ".", ...TOOL_PACKAGES];
    default:
      return file satisfies never;
  }
}

/** The example in AssemblyScript is no module of Deno. */
async function listPlugins(): Promise<readonly string[]> {
  const files = await listFiles();
  return files.filter((file) => /^examples\/plugins\/(?!\w+_wasm\/)\w+\/plugin\.ts$/.test(file));
}

async function runDeno(args: readonly string[]): Promise<void> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["--quiet", ...args],
    cwd: PROJECT_ROOT,
    stdout: "null",
  }).spawn().status;
  if (!success) throw new Error(`Cannot lock all packages: deno ${args.join(" ")} failed`);
}
