// SPDX-License-Identifier: Apache-2.0
// deno-lint-ignore-file no-console -- a command that prints

/**
 * Checks what `deno lint` does not: the rules of `source_rules.ts` in every file, and the docs of
 * every exported symbol of every published entry but the generated ones.
 *
 * @module
 */

import { listFiles } from "./list_files.ts";
import { checkSource } from "./source_rules.ts";
import { PROJECT_ROOT, readMembers } from "./workspace.ts";

/** Entries whose interface names types of a package, all of which doc lint takes for private. */
const NAMES_PACKAGE_TYPES = ["plugin/connect/mod.ts"];

if (import.meta.main) Deno.exit(await checkSources() && await checkDocs() ? 0 : 1);

async function checkSources(): Promise<boolean> {
  const files = await listFiles();
  const findings = await Promise.all(files.map(findingsIn));
  for (const finding of findings.flat()) console.error(finding);
  return findings.flat().length === 0;
}

async function findingsIn(file: string): Promise<readonly string[]> {
  const text = await Deno.readTextFile(new URL(file, PROJECT_ROOT));
  return checkSource(file, text).map(({ line, problem }) => `${file}:${line}: ${problem}`);
}

async function checkDocs(): Promise<boolean> {
  const members = (await readMembers()).filter((member) => member.folder !== "gen");
  const entries = members.flatMap((member) => Object.values(member.entries))
    .filter((entry) => entry.endsWith(".ts") && !NAMES_PACKAGE_TYPES.includes(entry));
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...entries],
    cwd: PROJECT_ROOT,
    stdout: "null",
  }).spawn().status;
  return success;
}
