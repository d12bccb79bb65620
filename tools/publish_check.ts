// SPDX-License-Identifier: Apache-2.0
// deno-lint-ignore-file no-console -- a command that prints

/**
 * Tries to publish every member, one after another, without sending anything: types, slow types,
 * licence, and files that are imported but not published.
 *
 * One by one because at the root, which is a package too, `deno publish` takes that package alone.
 *
 * @module
 */

import { type Member, PROJECT_ROOT, readMembers } from "./workspace.ts";

if (import.meta.main) Deno.exit(await checkMembers(await readMembers()) ? 0 : 1);

async function checkMembers(members: readonly Member[]): Promise<boolean> {
  const refused: string[] = [];
  for (const member of members) {
    if (!await checkMember(member)) refused.push(member.name);
  }
  if (refused.length > 0) console.error(`Cannot be published: ${refused.join(", ")}`);
  return refused.length === 0;
}

/** Prints what `deno publish` says only when it refuses. */
async function checkMember(member: Member): Promise<boolean> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty"],
    cwd: new URL(`${member.folder}/`, PROJECT_ROOT),
  }).output();
  console.log(`${success ? "ok" : "refused"}  ${member.name}@${member.version}`);
  if (!success) console.error(new TextDecoder().decode(stderr));
  return success;
}
