// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";
import { type Member, PROJECT_ROOT } from "../tools/workspace.ts";

/** One import: a file of the project, and what it names. */
export interface Edge {
  /** The importing file, from the root of the project. */
  readonly from: string;
  /** The imported file from the root of the project, `npm:<package>`, `node:<module>`, or any other URL. */
  readonly to: string;
  /** Whether only types are taken: nothing of it is loaded. */
  readonly typeOnly: boolean;
  /** Whether it is imported when the code asks for it, and not with the file. */
  readonly dynamic: boolean;
}

const RESOLVED = z.object({ specifier: z.string() }).or(z.object({ error: z.string() }));

const INFO = z.object({
  redirects: z.record(z.string(), z.string()).default({}),
  modules: z.array(z.object({
    specifier: z.string(),
    error: z.string().optional(),
    dependencies: z.array(z.object({
      specifier: z.string(),
      code: RESOLVED.optional(),
      type: RESOLVED.optional(),
      isDynamic: z.boolean().default(false),
    })).default([]),
  })),
});

/** Reads every import between the files that the entries of a member reach. */
export async function readEdges(member: Member): Promise<readonly Edge[]> {
  const graphs = await Promise.all(Object.values(member.entries).map(readEntryEdges));
  return [...new Map(graphs.flat().map((edge) => [JSON.stringify(edge), edge])).values()];
}

/** Gives the files and packages that importing `entry` loads before any code of it runs. */
export function staticClosure(edges: readonly Edge[], entry: string): ReadonlySet<string> {
  const loaded = new Set([entry]);
  for (const from of loaded) {
    for (const edge of edges) {
      if (edge.from === from && !edge.typeOnly && !edge.dynamic) loaded.add(edge.to);
    }
  }
  return loaded;
}

async function readEntryEdges(entry: string): Promise<readonly Edge[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    cwd: PROJECT_ROOT,
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot read the imports of "${entry}": ${decoder.decode(stderr)}`);
  const { modules, redirects } = INFO.parse(JSON.parse(decoder.decode(stdout)));
  const broken = modules.find((module) => module.error !== undefined);
  if (broken !== undefined) {
    throw new Error(`Cannot read the imports of "${entry}": ${broken.error}`);
  }
  return modules.flatMap((module) =>
    module.dependencies.map(({ specifier, code, type, isDynamic }) => {
      const target = code ?? type;
      const url = target !== undefined && "specifier" in target ? target.specifier : specifier;
      return {
        from: shorten(module.specifier),
        to: shorten(redirects[url] ?? url),
        typeOnly: code === undefined,
        dynamic: isDynamic,
      };
    })
  );
}

/** Cuts the root off a file, and the version and subpath off a package. */
function shorten(url: string): string {
  if (url.startsWith(PROJECT_ROOT.href)) return url.slice(PROJECT_ROOT.href.length);
  const [, registry, name] = /^(npm|jsr):\/?((?:@[^/]+\/)?[^@/]+)/.exec(url) ?? [];
  return registry === undefined ? url : `${registry}:${name}`;
}
