// SPDX-License-Identifier: Apache-2.0

/** The parts of a text that are code, which stays as it is. */
const CODE = /^ *```[^\n]*\n([\s\S]*?)\n? *```[ \t]*$|`([^`\n]+)`/gm;

/** What Markdown marks, and what is left without the marks. */
const MARKS: readonly (readonly [RegExp, string])[] = [
  [/!\[([^\]\n]*)\]\(([^)\s]+)\)/g, "$1 ($2)"],
  [/\[([^\]\n]+)\]\(([^)\s]+)\)/g, "$1 ($2)"],
  [/^ {0,3}#{1,6} +(.*?)(?: +#+)?$/gm, "$1"],
  [/\*\*(?=\S)([^\n]*?\S)\*\*/g, "$1"],
  [/(?<![\w_])__(?=\S)([^\n]*?\S)__(?![\w_]|\.\w)/g, "$1"],
  [/~~(?=\S)([^\n]*?\S)~~/g, "$1"],
  [/(?<![\w*])\*(?=[^\s*])([^*\n]*?[^\s*])\*(?![\w*])/g, "$1"],
  [/(?<![\w_])_(?=[^\s_])([^_\n]*?[^\s_])_(?![\w_]|\.\w)/g, "$1"],
  [/^( *)[*+](?= +\S)/gm, "$1-"],
  [/^ {0,3}(?:[-*_] *){3,}$/gm, ""],
];

/** Takes the marks of Markdown out of a text, for a channel that would show them as they are. */
export function plainText(text: string): string {
  let plain = "";
  let end = 0;
  for (const match of text.matchAll(CODE)) {
    plain += withoutMarks(text.slice(end, match.index)) + (match[1] ?? match[2] ?? "");
    end = match.index + match[0].length;
  }
  return plain + withoutMarks(text.slice(end));
}

/** Takes out what no channel can show: characters that steer a terminal, NUL and lone surrogates. */
export function showableText(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what it is about
  return text.toWellFormed().replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}

function withoutMarks(text: string): string {
  return MARKS.reduce((rest, [mark, left]) => rest.replaceAll(mark, left), text);
}
