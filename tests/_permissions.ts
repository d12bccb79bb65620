// SPDX-License-Identifier: Apache-2.0

import { basename, join } from "node:path";
import { type DenoResult, runDeno } from "./_deno.ts";

/** What a README says that one way of using a module needs. */
export interface PermissionRow {
  /** The use, as the first cell has it. */
  readonly use: string;
  /** The flags of deno; `<dir>` stands for a folder of the user's choice. */
  readonly flags: readonly string[];
}

/**
 * Reads the table under the heading "Permissions": in the first cell the use, in the second every
 * flag that it needs, each in backticks, or none.
 */
export function parsePermissionTable(markdown: string): readonly PermissionRow[] {
  const [, section = ""] = /^#+ Permissions$([^]*?)(?=^#|$(?![^]))/m.exec(markdown) ?? [];
  const rows = section.matchAll(/^\| *(.+?) *\| *(.+?) *\|$/gm);
  return [...rows].slice(2).map(([, use = "", needs = ""]) => ({
    use,
    flags: [...needs.matchAll(/`(--[^`]+)`/g)].flatMap(([, flags = ""]) => flags.split(" ")),
  }));
}

/** Gives the lists of flags that miss one thing: a flag, or one of the values of a flag. */
export function dropEach(
  flags: readonly string[],
): readonly { readonly dropped: string; readonly left: readonly string[] }[] {
  return flags.flatMap((flag, index) => {
    const [name = "", list] = flag.split("=", 2);
    const values = list?.split(",") ?? [];
    if (values.length <= 1) return [{ dropped: flag, left: flags.toSpliced(index, 1) }];
    return values.map((value) => ({
      dropped: `${name}=${value}`,
      left: flags.with(index, `${name}=${values.filter((other) => other !== value).join(",")}`),
    }));
  });
}

/** What surrounds a script that is tried. */
export interface Surroundings {
  /** The files that the folder holds that stands for `<dir>`, by where they are copied from. */
  readonly files?: readonly URL[];
  /** What follows the folder among the script's arguments. */
  readonly args?: readonly string[];
  /** A host and port of this machine that stands for every host of `--allow-net`. */
  readonly host?: string;
}

/** How deno, or whoever caught it, says that a permission is missing. */
const DENIED = /NotCapable|Requires \w+ access/;

/**
 * Runs a script with these flags, and then with each thing dropped in turn. A new folder stands for
 * `<dir>`, and is the script's first argument.
 *
 * @returns What did not go as declared, in words.
 */
export async function checkPermissions(
  script: URL,
  flags: readonly string[],
  surroundings: Surroundings = {},
): Promise<readonly string[]> {
  const problems: string[] = [];
  const { code, stderr } = await runScript(script, flags, surroundings);
  if (code !== 0) problems.push(`needs more than "${flags.join(" ")}": ${stderr}`);
  for (const { dropped, left } of dropEach(flags)) {
    const narrowed = await runScript(script, left, surroundings);
    if (narrowed.code === 0) problems.push(`does not need "${dropped}"`);
    else if (!DENIED.test(narrowed.stderr)) {
      problems.push(`fails without "${dropped}", but not for want of it: ${narrowed.stderr}`);
    }
  }
  return problems;
}

async function runScript(
  script: URL,
  flags: readonly string[],
  { files = [], args = [], host = "" }: Surroundings,
): Promise<DenoResult> {
  const folder = await Deno.makeTempDir({ prefix: "sigil-permissions-" });
  try {
    for (const file of files) await Deno.copyFile(file, join(folder, basename(file.pathname)));
    const granted = flags.map((flag) =>
      flag.replaceAll("<dir>", folder).replace(/^--allow-net.*/, `--allow-net=${host}`)
    );
    return await runDeno(["run", "--no-prompt", ...granted, script.href, folder, ...args]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
