// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { DatabaseSync } from "node:sqlite";
import { porterStem } from "./_porter_stem.ts";

Deno.test("porterStem() joins the forms of a word", () => {
  const table: readonly (readonly [string, string])[] = [
    ["connections", "connect"],
    ["connected", "connect"],
    ["caresses", "caress"],
    ["ponies", "poni"],
    ["hopping", "hop"],
    ["relational", "relat"],
    ["it", "it"],
    ["yyed", "y"],
    ["eeds", "e"],
    ["ies", "ie"],
    ["über", "über"],
  ];
  for (const [word, stem] of table) assertEquals(porterStem(word), stem);
});

Deno.test("porterStem() agrees with SQLite's porter tokenizer", () => {
  using database = new DatabaseSync(":memory:");
  database.exec(`
    CREATE VIRTUAL TABLE texts USING fts5(text, tokenize = 'porter unicode61');
    CREATE VIRTUAL TABLE terms USING fts5vocab(texts, 'row');
  `);
  const insert = database.prepare("INSERT INTO texts (text) VALUES (?)");
  const term = database.prepare("SELECT term FROM terms");
  const letters = fc.array(fc.constantFrom(..."aeiouybcdlmnprstz"), { minLength: 1, maxLength: 7 });
  const endings = fc.constantFrom(
    "",
    "s",
    "ed",
    "ing",
    "ational",
    "izer",
    "ement",
    "ion",
    "ies",
    "eed",
    "ly",
    "ousness",
    "ll",
    "e",
    "able",
    "iviti",
    "logi",
  );
  fc.assert(
    fc.property(letters, endings, endings, (start, middle, end) => {
      const word = start.join("") + middle + end;
      database.exec("DELETE FROM texts");
      insert.run(word);
      assertEquals(porterStem(word), term.get()?.["term"]);
    }),
    { numRuns: 3000 },
  );
});
