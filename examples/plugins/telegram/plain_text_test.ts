// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { plainText } from "./plain_text.ts";

Deno.test("plainText() takes the Markdown out and leaves the words", async (t) => {
  const cases: Readonly<Record<string, readonly [markdown: string, text: string]>> = {
    "nothing": ["", ""],
    "plain": ["Just a line\nand another", "Just a line\nand another"],
    "emphasis": ["**bold**, *italic*, ~~gone~~ and `code`", "bold, italic, gone and code"],
    "no emphasis": ["2 * 3 * 4 and snake_case_word", "2 * 3 * 4 and snake_case_word"],
    "characters of HTML": ["a < b && c > d", "a < b && c > d"],
    "headings": ["# One\nText\n## Two", "One\n\nText\n\nTwo"],
    "code": ["Run:\n\n```sh\nls *.ts\n```", "Run:\n\nls *.ts"],
    "lists": ["- one\n- **two**\n  - three\n\n1. a\n2. b", "• one\n• two\n  • three\n\n1. a\n2. b"],
    "tasks": ["- [x] done\n- [ ] open", "• ☑ done\n• ☐ open"],
    "a quote": ["> wise\n> words", "> wise\n> words"],
    "a table": ["| a | b |\n|---|---|\n| 1 | *2* |", "a | b\n1 | 2"],
    "links": [
      "[Deno](https://deno.com) and <https://example.org> and ![a cat](https://example.org/c.png)",
      "Deno (https://deno.com) and https://example.org and a cat (https://example.org/c.png)",
    ],
    "a rule": ["a\n\n---\n\nb", "a\n\n———\n\nb"],
    "a break": ["a  \nb", "a\nb"],
  };
  for (const [name, [markdown, text]] of Object.entries(cases)) {
    await t.step(name, () => assertEquals(plainText(markdown), text));
  }
});
