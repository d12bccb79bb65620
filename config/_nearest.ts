// SPDX-License-Identifier: Apache-2.0

/** Writes a hint such as `; did you mean "listen"?`, or nothing when no name is near. */
export function hint(word: string, names: Iterable<string>): string {
  const nearest = findNearest(word, names);
  return nearest === undefined ? "" : `; did you mean "${nearest}"?`;
}

/** Finds the name that takes the fewest edits to reach, if those are at most a third of the word. */
export function findNearest(word: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let best = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const name of names) {
    if (Math.abs(name.length - word.length) >= best) continue;
    const edits = countEdits(word.toLowerCase(), name.toLowerCase());
    if (edits < best) [nearest, best] = [name, edits];
  }
  return nearest;
}

/** Counts letters to add, remove, replace or swap with their neighbour. */
function countEdits(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const edits = Math.min(at(row, j) + 1, at(next, j - 1) + 1, at(row, j - 1) + (same ? 0 : 1));
      next.push(swapped ? Math.min(edits, at(before, j - 2) + 1) : edits);
    }
    [before, row] = [row, next];
  }
  return at(row, to.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
