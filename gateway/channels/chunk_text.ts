// SPDX-License-Identifier: Apache-2.0

/** Where a text is best cut, the best first: between paragraphs, lines, sentences, words. */
const BREAKS: readonly RegExp[] = [/\n\s*\n/g, /\n/g, /(?<=[.!?…。！？])\s/g, /\s/g];

/** A piece that is much shorter than it could be is worse than a cut at a lesser place. */
const LEAST_FILL = 0.5;

/**
 * Cuts a text into pieces of at most `maxLength` UTF-16 units, at paragraphs, lines, sentences or words
 * where it can, and never within a character.
 *
 * White space at a cut goes. Pieces are never blank; a blank text has none.
 *
 * @param maxLength At least 16; 0 sets no limit.
 */
export function chunkText(text: string, maxLength: number): readonly string[] {
  const pieces: string[] = [];
  let rest = text.trim();
  while (maxLength > 0 && rest.length > maxLength) {
    const end = cutAt(rest, maxLength);
    pieces.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return rest === "" ? pieces : [...pieces, rest];
}

function cutAt(text: string, maxLength: number): number {
  const head = text.slice(0, maxLength + 1);
  for (const place of BREAKS) {
    const cuts = Array.from(head.matchAll(place), ({ index }) => index);
    const last = cuts.findLast((index) => index <= maxLength) ?? 0;
    if (last >= maxLength * LEAST_FILL) return last;
  }
  return endOfCharacter(text, maxLength);
}

/** The last place, at or before another, that is between two characters as people see them. */
function endOfCharacter(text: string, maxLength: number): number {
  const graphemes = new Intl.Segmenter().segment(text.slice(0, maxLength + 64));
  const start = graphemes.containing(maxLength)?.index ?? 0;
  if (start > 0) return start;
  return (text.codePointAt(maxLength - 1) ?? 0) > 0xffff ? maxLength - 1 : maxLength;
}
