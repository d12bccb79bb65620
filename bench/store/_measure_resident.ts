// SPDX-License-Identifier: Apache-2.0

import type { Context } from "./_context.ts";
import type { Medians } from "./_measure.ts";

/** How the table names an engine, how `_resident.ts` does, and what it opens. */
export type ResidentEngine = readonly [
  name: string,
  engine: string,
  path: string,
];

/** Opens each engine in a process of its own and gives the memory that it takes for each item, in bytes. */
export async function measureResident(
  context: Context,
  engines: readonly ResidentEngine[],
  count: number,
): Promise<Medians> {
  const figures: Record<string, number> = {};
  for (const [name, engine, path] of engines) {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--no-lock", "--v8-flags=--expose-gc", "-A"],
        ...[
          "--config",
          fileOf("../deno.json"),
          fileOf("_resident.ts"),
          engine,
          path,
        ],
      ],
    }).output();
    if (code === 0) {
      figures[name] = Number(new TextDecoder().decode(stdout)) / count;
    } else {context.say(
        `${name} is left out: ${new TextDecoder().decode(stderr).split("\n")[0]}`,
      );}
  }
  return figures;
}

function fileOf(name: string): string {
  return decodeURIComponent(new URL(name, import.meta.url).pathname);
}
