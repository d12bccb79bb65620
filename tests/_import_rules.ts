// SPDX-License-Identifier: Apache-2.0

import type { Member } from "../tools/workspace.ts";
import type { Edge } from "./_import_graph.ts";

/** What a member may import beside its own files. */
export interface ImportRule {
  /** Entries of other members, by the name they are imported under, and how much of them. */
  readonly members: Readonly<Record<string, "code" | "types" | "types in one file">>;
  /** External packages, such as `npm:zod`. */
  readonly packages: readonly string[];
}

/** A problem with one import, in words. */
export type Violation = string;

/** Folders of the root that are no part of its package. */
const UNPUBLISHED = /^(?:tests|tools|examples|bench|proto)\//;

/**
 * Finds the imports that no rule allows.
 *
 * Only the imports of a member's own files count against it. Another member may be imported through
 * one of its entries alone. What is built into the runtime is free.
 */
export function findViolations(
  edges: readonly Edge[],
  member: Member,
  members: readonly Member[],
  rule: ImportRule,
): readonly Violation[] {
  const own = edges.filter((edge) => ownerOf(edge.from, members)?.name === member.name);
  const foreign = own.filter((edge) => ownerOf(edge.to, members)?.name !== member.name);
  return [
    ...foreign.filter((edge) => !isAllowed(edge, members, rule)).map(describe),
    ...findCrowds(foreign, members, rule),
  ];
}

/** Gives the name under which another member imports a file, such as `@sigil/store/sqlite`. */
export function entryName(file: string, members: readonly Member[]): string | undefined {
  for (const member of members) {
    for (const [subpath, entry] of Object.entries(member.entries)) {
      if (entry === file) return member.name + subpath.slice(1);
    }
  }
  return undefined;
}

/** Gives the member whose folder a file is in: the innermost, and the root last. */
function ownerOf(file: string, members: readonly Member[]): Member | undefined {
  const inner = members.find(({ folder }) => folder !== "." && file.startsWith(`${folder}/`));
  if (inner !== undefined) return inner;
  if (/^[a-z]+:/.test(file) || UNPUBLISHED.test(file)) return undefined;
  return members.find(({ folder }) => folder === ".");
}

function isAllowed(edge: Edge, members: readonly Member[], rule: ImportRule): boolean {
  if (edge.to.startsWith("node:")) return true;
  if (/^(?:npm|jsr):/.test(edge.to)) return rule.packages.includes(edge.to);
  const name = entryName(edge.to, members);
  if (name === undefined) return false;
  const allowed = Object.hasOwn(rule.members, name) ? rule.members[name] : undefined;
  return allowed === "code" || (allowed !== undefined && edge.typeOnly);
}

/** Finds members that may be named in one file, and are named in more. */
function findCrowds(
  edges: readonly Edge[],
  members: readonly Member[],
  rule: ImportRule,
): readonly Violation[] {
  return Object.entries(rule.members).flatMap(([name, allowed]) => {
    const named = edges.filter((edge) => entryName(edge.to, members) === name);
    const files = [...new Set(named.map((edge) => edge.from))];
    if (allowed !== "types in one file" || files.length <= 1) return [];
    return [`${name} is imported by more than one file: ${files.join(", ")}`];
  });
}

function describe({ from, to, typeOnly }: Edge): Violation {
  return `${from} imports ${typeOnly ? "types of " : ""}${to}`;
}
