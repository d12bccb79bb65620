// SPDX-License-Identifier: Apache-2.0

/** Where a text is cut, the best first. */
const SEAMS = ["\n\n", "\n", " "];

/** Cuts a text into parts of at most `maxLength` UTF-16 units: between words where it can. */
export function splitText(text: string, maxLength: number): readonly string[] {
  const parts: string[] = [];
  let rest = text.trim();
  while (rest.length > maxLength) {
    const end = seamIn(rest, maxLength);
    parts.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return rest === "" ? parts : [...parts, rest];
}

/** A seam in the first half would leave a part that is mostly empty. */
function seamIn(text: string, maxLength: number): number {
  const seam = SEAMS.map((mark) => text.lastIndexOf(mark, maxLength))
    .find((index) => index > maxLength / 2);
  return seam ?? wholeCharacters(text, maxLength);
}

/** Never between the two halves of a character. */
function wholeCharacters(text: string, length: number): number {
  const last = text.charCodeAt(length - 1);
  const splits = last >= 0xd800 && last < 0xdc00 && length > 1;
  return splits ? length - 1 : length;
}
