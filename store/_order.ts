// SPDX-License-Identifier: Apache-2.0

/** Compares texts by code points, as SQLite does; JavaScript's own `<` compares UTF-16 units. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const end = Math.min(left.length, right.length);
  let index = 0;
  while (index < end && left.charCodeAt(index) === right.charCodeAt(index)) index++;
  if (index === end) return left.length - right.length;
  return rank(left.charCodeAt(index)) - rank(right.charCodeAt(index));
}

/** Lifts surrogates, which stand for the highest code points, above all other units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** Gives one part of a list. */
export function page<T>(items: readonly T[], limit: number, offset: number): readonly T[] {
  return items.slice(offset, offset + limit);
}
