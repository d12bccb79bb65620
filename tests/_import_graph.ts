// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";
import { type Member, PROJECT_ROOT } from "../tools/workspace.ts";
import { runDeno } from "./_deno.ts";
import { publishedFiles } from "./_published.ts";

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

/**
 * Reads every import between the files that a member publishes and those that they reach: from its
 * entries, and then from the sources that no entry reaches.
 */
export async function readEdges(member: Member): Promise<readonly Edge[]> {
  const edges = new Map<string, Edge>();
  const read = new Set<string>();
  const sources = (await publishedFiles(member)).filter((file) => file.endsWith(".ts"));
  for (const file of [...Object.values(member.entries), ...sources]) {
    if (read.has(file)) continue;
    const graph = await readGraph(file);
    for (const module of graph.files) read.add(module);
    for (const edge of graph.edges) edges.set(JSON.stringify(edge), edge);
  }
  return [...edges.values()];
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

interface Graph {
  readonly files: readonly string[];
  readonly edges: readonly Edge[];
}

async function readGraph(file: string): Promise<Graph> {
  const { code, stdout, stderr } = await runDeno(["info", "--json", file], { cwd: PROJECT_ROOT });
  if (code !== 0) throw new Error(`Cannot read the imports of "${file}": ${stderr}`);
  const { modules, redirects } = INFO.parse(JSON.parse(stdout));
  const broken = modules.find((module) => module.error !== undefined);
  if (broken !== undefined) {
    throw new Error(`Cannot read the imports of "${file}": ${broken.error}`);
  }
  const edges = modules.flatMap((module) =>
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
  return { files: modules.map((module) => shorten(module.specifier)), edges };
}

/** Cuts the root off a file, and the version and subpath off a package. */
function shorten(url: string): string {
  if (url.startsWith(PROJECT_ROOT.href)) return url.slice(PROJECT_ROOT.href.length);
  const [, registry, name] = /^(npm|jsr):\/?((?:@[^/]+\/)?[^@/]+)/.exec(url) ?? [];
  return registry === undefined ? url : `${registry}:${name}`;
}
