// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { plainText, showableText } from "./plain_text.ts";

Deno.test("plainText() takes the marks of Markdown out, and nothing else", async (t) => {
  const cases: Record<string, readonly [string, string]> = {
    "strong": ["so **very** good, __really__", "so very good, really"],
    "emphasis": ["so *very* good, _really_", "so very good, really"],
    "both": ["***all***", "all"],
    "struck": ["~~no~~ yes", "no yes"],
    "a heading": ["# Plans #\n## Today", "Plans\nToday"],
    "a link": ["see [the map](https://e.org/m)", "see the map (https://e.org/m)"],
    "a picture": ["![a cat](https://e.org/c.png)", "a cat (https://e.org/c.png)"],
    "a list": ["* milk\n  + oat\n- eggs", "- milk\n  - oat\n- eggs"],
    "a rule": ["one\n---\ntwo", "one\n\ntwo"],
    "code": ["run `git *log* --all` now", "run git *log* --all now"],
    "a block of code": ["Do:\n```sh\nls **/*.ts\n```\nDone", "Do:\nls **/*.ts\nDone"],
    "arithmetic": ["2 * 3 * 4 = 24", "2 * 3 * 4 = 24"],
    "names": ["call snake_case_name and __init__.py", "call snake_case_name and __init__.py"],
    "a lone star": ["5* hotel", "5* hotel"],
    "brackets": ["a[0] (zero)", "a[0] (zero)"],
  };
  for (const [name, [text, plain]] of Object.entries(cases)) {
    await t.step(name, () => assertEquals(plainText(text), plain));
  }
});

Deno.test("plainText() leaves words without marks as they are", () => {
  const words = fc.stringMatching(/^[a-z0-9 ,.?!'äöü🙂]*$/u);
  fc.assert(fc.property(words, (text) => assertEquals(plainText(text), text)));
});

Deno.test("showableText() takes out what steers a terminal, and what is no character", () => {
  assertEquals(showableText("a\u001b[31mb\u0000c\u009bd\te\nf\ud800"), "a[31mbcd\te\nf\ufffd");
});
