// SPDX-License-Identifier: Apache-2.0

/** What of a plugin decides when it starts. */
export interface StartCandidate {
  /** Its name. */
  readonly name: string;
  /** The names of the plugins that it needs. */
  readonly needs: readonly string[];
}

/** In which order plugins start. */
export interface StartOrder {
  /** Those that can start, each after all that it needs. */
  readonly order: readonly string[];
  /** Those that need each other in a circle, each with that circle. */
  readonly circles: ReadonlyMap<string, readonly string[]>;
}

/**
 * Puts plugins in an order in which each comes after those that it needs, else by name. What needs a
 * plugin of a circle, or one that is absent, is in the order as well: it fails by itself.
 */
export function startOrder(candidates: readonly StartCandidate[]): StartOrder {
  const byName = new Map(candidates.map((candidate) => [candidate.name, candidate]));
  const needsOf = (name: string) =>
    (byName.get(name)?.needs ?? []).filter((need) => byName.has(need));
  const names = [...byName.keys()].sort();
  const circles = new Map<string, readonly string[]>();
  for (const name of names) {
    const circle = wayBack(name, needsOf);
    if (circle !== undefined) circles.set(name, circle);
  }
  const order = new Set<string>();
  const visit = (name: string) => {
    if (order.has(name) || circles.has(name)) return;
    for (const need of needsOf(name)) visit(need);
    order.add(name);
  };
  names.forEach(visit);
  return { order: [...order], circles };
}

/** The shortest way from a plugin over what it needs to itself; none when there is no such way. */
function wayBack(
  name: string,
  needsOf: (name: string) => readonly string[],
): readonly string[] | undefined {
  const seen = new Set<string>();
  const open: string[][] = [[name]];
  for (let way = open.shift(); way !== undefined; way = open.shift()) {
    for (const need of needsOf(way.at(-1) ?? "")) {
      if (need === name) return [...way, name];
      if (!seen.has(need)) open.push([...way, need]);
      seen.add(need);
    }
  }
  return undefined;
}
