// SPDX-License-Identifier: Apache-2.0

import { type Member, PROJECT_ROOT } from "../tools/workspace.ts";
import { runDeno } from "./_deno.ts";

/** Gives the files that `deno publish` would send for a member, as paths from the root. */
export async function publishedFiles(member: Member): Promise<readonly string[]> {
  const { code, stderr } = await runDeno(["publish", "--dry-run", "--allow-dirty", "--no-check"], {
    cwd: new URL(`${member.folder}/`, PROJECT_ROOT),
  });
  if (code !== 0) throw new Error(`Cannot list what ${member.name} publishes: ${stderr}`);
  const urls = [...stderr.matchAll(/^ +(file:\S+) \(/gm)].map(([, url = ""]) => url);
  return urls.map((url) => url.slice(PROJECT_ROOT.href.length));
}
