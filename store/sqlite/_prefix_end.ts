// SPDX-License-Identifier: Apache-2.0

const LAST_CODE_POINT = 0x10ffff;
const BEFORE_SURROGATES = 0xd7ff;
const AFTER_SURROGATES = 0xe000;

/**
 * Gives the first text, in the order of code points, after all those that begin with `prefix`.
 *
 * Undefined when there is none: then every text from `prefix` on begins with it.
 */
export function prefixEnd(prefix: string): string | undefined {
  const characters = [...prefix];
  while (characters.length > 0) {
    const last = characters.pop()?.codePointAt(0) ?? LAST_CODE_POINT;
    if (last === LAST_CODE_POINT) continue;
    const next = last === BEFORE_SURROGATES ? AFTER_SURROGATES : last + 1;
    return characters.join("") + String.fromCodePoint(next);
  }
  return undefined;
}
