// SPDX-License-Identifier: Apache-2.0

import { Marked, type RendererObject } from "npm:marked@^18.2.0";

/** Writes each part of a text in Markdown as it would be written without. */
const RENDERER: RendererObject = {
  heading({ tokens }) {
    return block(this.parser.parseInline(tokens));
  },
  paragraph({ tokens }) {
    return block(this.parser.parseInline(tokens));
  },
  code: ({ text }) => block(text),
  blockquote({ tokens }) {
    return block(this.parser.parse(tokens).trim().replace(/^/gm, "> "));
  },
  list({ items, ordered, start }) {
    const lines = items.map(({ tokens }, index) => {
      const mark = ordered ? `${Number(start) + index}.` : "•";
      return `${mark} ${this.parser.parse(tokens).trim().replaceAll("\n", "\n  ")}\n`;
    });
    return block(lines.join("").trimEnd());
  },
  checkbox: ({ checked }) => checked ? "☑ " : "☐ ",
  table({ header, rows }) {
    const line = (cells: typeof header) => {
      return cells.map(({ tokens }) => this.parser.parseInline(tokens)).join(" | ");
    };
    return block([header, ...rows].map(line).join("\n"));
  },
  hr: () => block("———"),
  html: ({ text }) => text,
  text(token) {
    const inline = "tokens" in token && token.tokens !== undefined;
    return inline ? `${this.parser.parseInline(token.tokens ?? [])}\n` : token.text;
  },
  strong({ tokens }) {
    return this.parser.parseInline(tokens);
  },
  em({ tokens }) {
    return this.parser.parseInline(tokens);
  },
  del({ tokens }) {
    return this.parser.parseInline(tokens);
  },
  codespan: ({ text }) => text,
  br: () => "\n",
  link({ href, tokens }) {
    return withAddress(this.parser.parseInline(tokens), href);
  },
  image: ({ href, text }) => withAddress(text, href),
};

/** Takes the Markdown out of a text, which this channel would show as stars and hashes. */
export function plainText(markdown: string): string {
  const text = new Marked({ renderer: RENDERER, gfm: true }).parse(markdown, { async: false });
  return text.replace(/\n{3,}/g, "\n\n").trim();
}

function block(text: string): string {
  return `${text}\n\n`;
}

function withAddress(text: string, href: string): string {
  const shown = text === "" || text === href || `mailto:${text}` === href;
  return shown ? text || href : `${text} (${href})`;
}
